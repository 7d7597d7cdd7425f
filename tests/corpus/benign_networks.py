"""Honest files of the neural-network libraries: PyTorch, Keras, ONNX, boosters, safetensors, GGUF."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import argparse
import io
import json
import os
import struct
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.corpus.technique import table
from tests.corpus.tensors import ARRAY, STRING, at, entry, gguf, info, safetensors, text


def _torch(make: Callable[[Any], object], **options: object) -> Callable[[], bytes]:
    def build() -> bytes:
        import torch

        out = io.BytesIO()
        torch.save(make(torch), out, **options)
        return out.getvalue()

    return build


def _network(torch: Any) -> Any:
    nn = torch.nn
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.LazyLinear(4))


def _checkpoint(torch: Any) -> object:
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    return {"state_dict": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3,
            "scheduler": scheduler.state_dict(), "args": argparse.Namespace(lr=0.1, data=Path("/data")),
            "rng": torch.get_rng_state()}  # fmt: skip


def _tensors(torch: Any) -> object:
    return {"sparse": torch.eye(3).to_sparse(), "csr": torch.eye(3).to_sparse_csr(), "half": torch.ones(2).half(),
            "bfloat16": torch.ones(2).bfloat16(), "bool": torch.ones(2) > 0, "view": torch.ones(4, 4)[::2],
            "parameter": torch.nn.Parameter(torch.ones(2)), "complex": torch.ones(2, dtype=torch.complex64),
            "size": torch.Size([1, 2]), "dtype": torch.float16, "device": torch.device("cpu"),
            "quantised": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
            "float8": torch.ones(2).to(torch.float8_e4m3fn), "meta": torch.ones(2, device="meta")}  # fmt: skip


def _transformer(torch: Any) -> object:
    return torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(8, 2, 16, activation="gelu"), 2)


def _script(trace: bool) -> Callable[[], bytes]:
    def build() -> bytes:
        import torch

        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(), torch.nn.ReLU()).eval()
        made = torch.jit.trace(model, torch.ones(1, 3)) if trace else torch.jit.script(model)
        out = io.BytesIO()
        torch.jit.save(made, out)
        return out.getvalue()

    return build


def _exported() -> bytes:
    import torch

    out = io.BytesIO()
    torch.export.save(torch.export.export(torch.nn.Linear(3, 2), (torch.ones(1, 3),)), out)
    return out.getvalue()


table("benign-torch", "model.pt", "", {
    "state-dict": _torch(lambda torch: torch.nn.Linear(3, 2).state_dict()),
    "module": _torch(_network), "checkpoint": _torch(_checkpoint), "tensors": _torch(_tensors),
    "transformer": _torch(_transformer), "legacy": _torch(_checkpoint, _use_new_zipfile_serialization=False),
    "lstm": _torch(lambda torch: torch.nn.LSTM(3, 4, 2)), "ordered": _torch(lambda torch: OrderedDict(a=torch.ones(1))),
    "protocol-4": _torch(_checkpoint, pickle_protocol=4), "embedding": _torch(lambda torch: torch.nn.Embedding(9, 3)),
    "traced": _script(True), "scripted": _script(False),
}, needs=("torch",))  # fmt: skip
table("benign-torch", "model.pt2", "", {"exported": _exported}, needs=("torch",))


def _by_path(suffix: str, save: Callable[[str], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/model{suffix}"
        save(path)
        return Path(path).read_bytes()


# Keras needs one of its backends; the corpus has PyTorch anyway.
os.environ.setdefault("KERAS_BACKEND", "torch")


def _image_model() -> Any:
    from keras import Input, Model, Sequential, layers, regularizers

    start = Input((16, 16, 3))
    grown = Sequential([layers.RandomFlip(), layers.RandomRotation(0.1), layers.Rescaling(1 / 255)])(start)
    middle = layers.Conv2D(4, 3, activation="relu", kernel_regularizer=regularizers.L2(0.1))(grown)
    middle = layers.BatchNormalization()(middle)
    end = layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling2D()(middle))
    model = Model(start, end, name="eval_system")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _text_model() -> Any:
    from keras import Sequential, layers

    return Sequential([layers.Input((5,)), layers.Embedding(9, 4), layers.Bidirectional(layers.LSTM(3)), layers.Dropout(0.1),
                       layers.LayerNormalization(), layers.Dense(1, "sigmoid", kernel_initializer="he_normal")])  # fmt: skip


def _attention_model() -> Any:
    from keras import Input, Model, layers

    start = Input((4, 8))
    middle = layers.MultiHeadAttention(2, 4)(start, start)
    return Model(start, layers.TimeDistributed(layers.Dense(2))(layers.Add()([start, middle]) * 2.0 + 1))


for _key, _make in {"image": _image_model, "text": _text_model, "attention": _attention_model}.items():
    for _suffix in (".keras", ".h5"):
        table("benign-keras", f"model{_suffix}", "", {f"{_key}-{_suffix[1:]}": lambda make=_make, suffix=_suffix: _by_path(
            suffix, lambda path: make().save(path))}, needs=("keras", "h5py", "torch"))  # fmt: skip
table("benign-keras", "model.weights.h5", "", {"weights": lambda: _by_path(
    ".weights.h5", lambda path: _text_model().save_weights(path))}, needs=("keras", "h5py", "torch"))  # fmt: skip


def _onnx(external: bool) -> dict[str, bytes]:
    import numpy
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weight = numpy_helper.from_array(numpy.ones((600, 2), "float32"), "w")
    then = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["t"])],
        "then",
        [],
        [helper.make_tensor_value_info("t", TensorProto.FLOAT, None)],
    )
    other = helper.make_graph(
        [helper.make_node("Abs", ["x"], ["e"])],
        "else",
        [],
        [helper.make_tensor_value_info("e", TensorProto.FLOAT, None)],
    )
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["m"]),
            helper.make_node("If", ["c"], ["i"], then_branch=then, else_branch=other),
        ],
        "g",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 600]),
            helper.make_tensor_value_info("c", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("m", TensorProto.FLOAT, [1, 2])],
        [weight],
    )
    model = helper.make_model(graph)
    with tempfile.TemporaryDirectory() as folder:
        onnx.save(model, f"{folder}/model.onnx", save_as_external_data=external, location="weights.bin")
        return {each.name: each.read_bytes() for each in Path(folder).iterdir()}  # fmt: skip


table("benign-onnx-repository", "model.onnx", "", {"external": lambda: _onnx(True), "whole": lambda: _onnx(False)},
      needs=("onnx", "numpy"))  # fmt: skip


def _xgboost(suffix: str) -> bytes:
    import numpy
    import xgboost

    x = numpy.random.default_rng(0).normal(size=(30, 3))
    model = xgboost.XGBClassifier(n_estimators=3).fit(x, numpy.arange(30) % 2)
    return _by_path(suffix, model.save_model)


def _lightgbm(pickled: bool) -> bytes:
    import pickle

    import lightgbm
    import numpy

    x = numpy.random.default_rng(0).normal(size=(60, 3))
    model = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(x, numpy.arange(60) % 2)
    return pickle.dumps(model) if pickled else _by_path(".txt", model.booster_.save_model)


def _catboost() -> bytes:
    import catboost
    import numpy

    x = numpy.random.default_rng(0).normal(size=(30, 3))
    model = catboost.CatBoostClassifier(iterations=3, verbose=0, allow_writing_files=False).fit(
        x, numpy.arange(30) % 2
    )
    return _by_path(".cbm", model.save_model)


def _pickled_xgboost() -> bytes:
    import pickle

    import numpy
    import xgboost

    x = numpy.random.default_rng(0).normal(size=(30, 3))
    return pickle.dumps(xgboost.XGBRegressor(n_estimators=3).fit(x, x[:, 0]))


table("benign-boosters", "model.json", "", {"xgboost-json": lambda: _xgboost(".json")}, needs=("xgboost",))
table("benign-boosters", "model.ubj", "", {"xgboost-ubj": lambda: _xgboost(".ubj")}, needs=("xgboost",))
table("benign-boosters", "model.pkl", "", {"xgboost-pickle": _pickled_xgboost}, needs=("xgboost",))
table("benign-boosters", "model.txt", "", {"lightgbm-text": lambda: _lightgbm(False)}, needs=("lightgbm",))
table("benign-boosters", "model.pkl", "", {"lightgbm-pickle": lambda: _lightgbm(True)}, needs=("lightgbm",))
table("benign-boosters", "model.cbm", "", {"catboost": _catboost}, needs=("catboost",))


def _skops() -> bytes:
    import skops.io

    from tests.corpus.benign import _forest, _pipeline

    return skops.io.dumps([_forest(), _pipeline()])


table("benign-skops", "model.skops", "", {"forest": _skops}, needs=("skops", "sklearn"))

_TOKENS = entry(b"tokenizer.ggml.tokens", ARRAY, struct.pack("<IQ", STRING, 3000) + b"".join(
    text(f"<0x{n:02X}>system".encode()) for n in range(3000)))  # fmt: skip
_SCORES = entry(b"tokenizer.ggml.scores", ARRAY, struct.pack("<IQ", 6, 3000) + bytes(12000))
table("benign-gguf", "model.gguf", "", {
    "tokenizer": gguf(_TOKENS, _SCORES, tensors=(info(), info(b"v", (4, 8), 1, 32)), payload=bytes(96)),
    "no-tensors": gguf(_TOKENS, tensors=(), payload=b""),
})  # fmt: skip
table("benign-safetensors", "model.safetensors", "", {
    "metadata": safetensors({"__metadata__": {"format": "pt", "config": json.dumps({"eval": "os.system"})},
                             "w": at(0, 16), "v": at(16, 24, (2, 2), "BF16")}, bytes(24)),
    "padded": safetensors(json.dumps({"w": at(0, 16)}).encode().ljust(128)),
    "scalar-and-empty": safetensors({"a": at(0, 4, ()), "b": at(4, 4, (0, 3))}, bytes(4)),
})  # fmt: skip
