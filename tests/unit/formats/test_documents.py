"""Settings as JSON and YAML: what leads to code is seen, whatever it hides behind."""

import json

import pytest

from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.finding import Severity
from hauberk.core.rule import severity_of
from hauberk.rules import load
from hauberk.scan.examine import Examination, examine


def looked(name: str, octets: bytes | str) -> Examination:
    return examine(Asset(name, Bytes(octets.encode() if isinstance(octets, str) else octets)))


def worst(out: Examination) -> Severity:
    return max((severity_of(each, load()) for each in out.findings), default=Severity.INFO)


@pytest.mark.parametrize(
    "text",
    [
        '{"_target_": "os.system"}',
        '{"\\u005ftarget_": "os.system"}',
        '{"a": [{"_target_": "builtins.eval", "_args_": ["1"]}]}',
        '{"_target_": "hydra.utils.get_method", "path": "os.system"}',
        '{"_target_": "functools.partial", "_args_": ["subprocess.run"]}',
        '{"_target_": "nemo.core.os.system"}',
        '{"_target_": "torch.hub.load"}',
        '{"_target_": "x.__class__.y"}',
        '{"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["id"]}]}',
        '{"py/repr": "os/os.system(1)"}',
        '{"lc": 1, "type": "constructor", "id": ["os", "system"], "kwargs": {}}',
        '{"target": "subprocess.Popen", "params": {}}',
        '{"attn_implementation": "someone/kernel"}',
        '{"auto_map": {"AutoModel": "someone/repo--modeling.X"}}',
        '{"_type": "prompt", "template_format": "jinja2", "template": "{{ x.__class__ }}"}',
    ],
)
@pytest.mark.parametrize("name", ["config.json", "other.json"])
def test_code_that_settings_name_is_found(name: str, text: str) -> None:
    out = looked(name, text)
    assert worst(out) >= Severity.MEDIUM
    assert {each.rule for each in out.findings} & {"MDL100", "MDL105", "MDL110"}


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system [id]",
        "a: !!python/object/apply:%6fs.system [id]",
        "a: !<tag:yaml.org,2002:python/object/new:subprocess.Popen> [[id]]",
        "a: !!python/name:os.system",
        "- !!javax.script.ScriptEngineManager [x]",
        "x: &a {_target_: os.system}\ny: *a",
        "_target_: >-\n  os.system",
        'chat_template: "{{ x.__class__ }}"',
        "ok: 1\n---\na: !!python/module:os",
        "a: !!python/object/apply:os.system [id]\nb: [not closed",
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
        ),
        "[" * 200,
    ],
)
def test_what_yaml_would_construct_is_found(text: str) -> None:
    out = looked("config.yaml", text)
    assert worst(out) >= Severity.MEDIUM
    assert {each.rule for each in out.findings} & {"MDL022", "MDL023", "MDL100", "MDL102", "MDL110"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "train.yaml",
            "model:\n  _target_: torch.nn.Linear\n  in_features: 3\ntuple: !!python/tuple [1, 2]\n",
        ),
        ("train.yaml", "defaults: [_self_]\nmodel: {_target_: my_project.models.Net, path: os.system}\n"),
        ("chart.yaml", "a: {{ .Values.x }}\n{{- if .Values.y }}\nb: 1\n{{- end }}\n"),
        ("stack.yaml", "Value: !Sub '${AWS::StackName}'\n"),
        (
            "modules.json",
            '[{"idx": 0, "name": "0", "path": "0", "type": "sentence_transformers.models.Pooling"}]',
        ),
        ("model_index.json", '{"_class_name": "P", "unet": ["diffusers", "UNet2DModel"], "x": [null, null]}'),
        (
            "config.json",
            '{"hidden_act": "gelu", "type": "bert", "path": "a.b", "activation_function": "gelu_new"}',
        ),
        ("tsconfig.json", "{ // a comment\n}"),
        (
            "MLmodel",
            "flavors:\n  python_function: {loader_module: mlflow.pyfunc.model, python_model: m.pkl}\n",
        ),
    ],
)
def test_honest_settings_are_passed(name: str, text: str) -> None:
    out = looked(name, text)
    assert worst(out) < Severity.MEDIUM
    assert out.gaps == []


def test_padding_hides_no_target() -> None:
    padded = json.dumps({"pad": ["x" * 100] * 30_000, "_target_": "os.system"})
    out = looked("config2.json", padded)
    assert worst(out) is Severity.CRITICAL
    assert {each.rule for each in out.findings} == {"MDL100"}


def test_every_named_template_is_judged() -> None:
    named = [
        {"name": "default", "template": "{{ messages }}"},
        {"name": "tools", "template": "{{ x.__class__ }}"},
    ]
    out = looked("tokenizer_config.json", json.dumps({"chat_template": named}))
    assert {(each.rule, each.place.locator) for each in out.findings} == {
        ("MDL110", "tokenizer_config.json!chat_template[1]")
    }


def test_broken_settings_of_a_model_are_a_gap() -> None:
    assert [gap.reason for gap in looked("config.json", '{"a": ').gaps] == ["malformed"]


def test_a_duplicate_key_of_a_configuration_is_told() -> None:
    assert {each.rule for each in looked("config.json", '{"a": 1, "a": 2}').findings} == {"MDL020"}


def test_escaping_paths_are_told() -> None:
    flavour = "flavors: {python_function: {loader_module: mlflow.sklearn, data: ../../etc/passwd}}"
    assert {each.rule for each in looked("MLmodel", flavour).findings} == {"MDL024"}


def folder(files: dict[str, bytes]) -> Examination:
    return examine(
        Asset("m", Bytes(b""), Kind.FOLDER, files={name: Bytes(each) for name, each in files.items()})
    )


CONFIG = b'{"auto_map": {"AutoModel": "modeling_x.X"}}'


def test_code_that_a_configuration_refers_to_is_judged_and_other_code_is_not() -> None:
    bad = b"import os\nos.system('id')\n"
    out = folder({"config.json": CONFIG, "modeling_x.py": bad})
    assert worst(out) is Severity.CRITICAL
    assert "MDL120" in {each.rule for each in out.findings}
    assert worst(folder({"config.json": CONFIG, "modeling_x.py": b"", "net.py": bad})) is Severity.CRITICAL
    assert worst(folder({"config.json": b"{}", "tools/deploy.py": bad})) < Severity.MEDIUM


def test_code_that_is_missing_is_a_gap() -> None:
    assert [gap.reason for gap in folder({"config.json": CONFIG}).gaps] == ["missing"]


def test_broken_python_of_a_model_is_a_gap() -> None:
    out = folder({"config.json": CONFIG, "modeling_x.py": b"def ("})
    assert [(gap.reason, gap.place.locator) for gap in out.gaps] == [("malformed", "m/modeling_x.py")]
