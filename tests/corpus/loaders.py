"""The real loaders, by the name that techniques use. Only `verify.py` calls them, in a child process."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _pickle(path: str) -> Any:
    import pickle

    with Path(path).open("rb") as file:
        return pickle.load(file)


def _python_pickle(path: str) -> Any:
    import pickle

    with Path(path).open("rb") as file:
        return pickle._load(file)  # type: ignore[attr-defined]


def _pickle_all(path: str) -> None:
    """As loaders of streams do: until the end of the file."""
    import pickle

    with Path(path).open("rb") as file:
        while True:
            pickle.load(file)


def _pickle_used(path: str) -> None:
    """Load, then use the object and the interpreter as any program does."""
    loaded = _pickle(path)
    for use in (repr, hash, iter, len, bool, lambda it: it == it, lambda it: it(), lambda it: it.fit):
        try:
            use(loaded)
        except Exception:
            continue
    print()
    json.dumps({})


def _torch(path: str) -> Any:
    import torch

    return torch.load(path, weights_only=False)


def _torch_script(path: str) -> Any:
    import torch

    return torch.jit.load(path)


def _joblib(path: str) -> Any:
    import joblib

    return joblib.load(path)


def _numpy(path: str) -> None:
    import numpy

    loaded = numpy.load(path, allow_pickle=True)
    if hasattr(loaded, "files"):
        for name in loaded.files:
            loaded[name]


def _dill(path: str) -> Any:
    import dill

    with Path(path).open("rb") as file:
        return dill.load(file)


def _pandas(path: str) -> Any:
    import pandas

    return pandas.read_pickle(path)


def _keras(path: str) -> None:
    """As a user who was told to: the safe mode off; then call the model once."""
    import keras
    import numpy

    model = keras.saving.load_model(path, safe_mode=False)
    model(numpy.ones((1, *model.input_shape[1:]), "float32"))


def _keras_safe(path: str) -> None:
    import keras

    keras.saving.load_model(path)


def _skops(path: str) -> Any:
    import skops.io

    return skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))


def _render(source: str) -> None:
    import jinja2

    environment = jinja2.Environment(extensions=["jinja2.ext.loopcontrols"])
    environment.globals["raise_exception"] = lambda message: ""
    messages = [{"role": "user", "content": "hello"}]
    environment.from_string(source).render(messages=messages, bos_token="", add_generation_prompt=True)


def _jinja(path: str) -> None:
    """A chat template file, or one inside a tokenizer's or processor's settings, rendered unsandboxed."""
    text = Path(path).read_text()
    if path.endswith(".json"):
        held = json.loads(text)["chat_template"]
        for source in [held] if isinstance(held, str) else [each["template"] for each in held]:
            _render(source)
    else:
        _render(text)


def _gguf(path: str) -> None:
    """As llama-cpp-python did until 0.2.71 (CVE-2024-34359): the template unsandboxed."""
    import gguf

    reader = gguf.GGUFReader(path)
    for name, each in reader.fields.items():
        if "chat_template" in name:
            _render(bytes(each.parts[each.data[0]]).decode())


def _yaml(path: str) -> Any:
    import yaml

    return yaml.unsafe_load(Path(path).read_text())


def _hydra(path: str) -> None:
    """What `hydra.utils.instantiate` does: the target is imported and called with the other keys."""
    import yaml

    _instantiate(yaml.safe_load(Path(path).read_text()))


def _nemo(path: str) -> None:
    import tarfile

    with tarfile.open(path) as archive:
        archive.extractall("unpacked", filter="fully_trusted")
    _hydra(str(next(Path("unpacked").rglob("model_config.yaml"))))


def _instantiate(node: Any) -> Any:
    if isinstance(node, list):
        return [_instantiate(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: _instantiate(each) for key, each in node.items()}
    if "_target_" not in made:
        return made
    module, _, attribute = made.pop("_target_").rpartition(".")
    target = getattr(importlib.import_module(module), attribute)
    return target(*made.pop("_args_", ()), **made)


def _auto_config(path: str) -> None:
    from transformers import AutoConfig

    AutoConfig.from_pretrained(".", trust_remote_code=True, local_files_only=True)


def _auto_model(path: str) -> None:
    from transformers import AutoModel

    AutoModel.from_pretrained(".", trust_remote_code=True, local_files_only=True)


def _sentence_transformer(path: str) -> None:
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(".", trust_remote_code=True, local_files_only=True)


def _python(path: str) -> None:
    import runpy

    runpy.run_path(path)


def _untar(path: str) -> None:
    import tarfile

    Path("unpacked").mkdir()
    with tarfile.open(path) as archive:
        archive.extractall("unpacked", filter="fully_trusted")


def _msgpack(path: str) -> None:
    import msgpack

    msgpack.unpackb(Path(path).read_bytes(), strict_map_key=False)


def _json(path: str) -> None:
    json.loads(Path(path).read_bytes())


def _decompress(path: str) -> None:
    """The whole stream in memory, as loaders do."""
    import bz2
    import gzip
    import lzma

    import lz4.frame

    openers = {".gz": gzip, ".bz2": bz2, ".xz": lzma, ".lz4": lz4.frame}
    openers[Path(path).suffix].decompress(Path(path).read_bytes())


def _xml(path: str) -> None:
    import xml.dom.minidom

    xml.dom.minidom.parse(path)


def _onnx(path: str) -> None:
    import onnx

    onnx.load(path)


LOADERS: dict[str, Callable[[str], Any]] = {
    each.__name__.strip("_").replace("_", "-"): each
    for each in (
        _pickle, _python_pickle, _pickle_all, _pickle_used, _torch, _torch_script, _joblib, _numpy, _dill,
        _pandas, _keras, _keras_safe, _skops, _jinja, _gguf, _yaml, _hydra, _nemo, _auto_config, _auto_model,
        _sentence_transformer, _python, _untar, _msgpack, _json, _decompress, _xml, _onnx,
    )
}  # fmt: skip
_HEAVY = {
    "torch": ["torch"], "torch-script": ["torch"], "joblib": ["joblib"], "numpy": ["numpy"],
    "dill": ["dill"], "pandas": ["pandas"], "keras": ["keras"], "keras-safe": ["keras"],
    "skops": ["skops.io"], "auto-config": ["transformers"], "auto-model": ["transformers", "torch"],
    "sentence-transformer": ["sentence_transformers"], "jinja": ["jinja2"], "gguf": ["gguf", "jinja2"],
}  # fmt: skip


def prepare(load: str) -> None:
    """Import what the loader needs (`loader:library`) once, in the parent, so that children start at once."""
    import os

    os.environ.setdefault("KERAS_BACKEND", "torch")
    kind, _, library = load.partition(":")
    for module in [*_HEAVY.get(kind, []), *([library] if library else [])]:
        importlib.import_module(module)
