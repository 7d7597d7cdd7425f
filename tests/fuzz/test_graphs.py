"""Whatever the bytes, a reader of graphs yields readings or raises UnreadableAsset, and ends."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.errors import UnreadableAsset
from hauberk.core.gap import Gap
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format
from hauberk.formats.recognise import formats
from hauberk.scan.examine import judge
from tests.unit.formats import graph_bytes as made

OWN = {
    "onnx",
    "onnx-tensor",
    "onnx-external-data",
    "tensorflow-saved-model",
    "tensorflow-graph",
    "tensorflow-meta-graph",
    "saved-model-part",
    "tensorflow-text-graph",
    "tensorflow-checkpoint-index",
    "tensorflow-checkpoint-shard",
    "tflite",
    "executorch",
    "torchscript-code",
    "torch-export",
    "coreml",
    "coreml-weights",
    "openvino",
    "pmml",
    "xml",
    "paddle",
    "paddle-pir",
    "paddle-tensors",
    "stablehlo",
}
FORMATS = [each for each in formats() if each.name in OWN]
FUNCTIONS = made.tf_function("f", made.tf_node("n", "SaveV2", "p:0"))
SEEDS = [
    made.onnx(
        made.part(5, made.onnx_tensor("../x")),
        made.onnx_node("If", made.part(5, made.part(6, made.onnx_node("Add")))),
    ),
    made.saved_model(
        made.tf_graph(made.tf_const("p", "/x"), made.tf_node("s", "SaveV2", "p"), functions=FUNCTIONS)
    ),
    made.tf_graph(made.tf_const("p", "/x"), made.tf_node("s", "ReadFile", "p"), functions=FUNCTIONS),
    made.flatbuffer(
        {0: 3, 1: [{0: 32, 1: "FlexReadFile", 3: 32}], 2: [{3: [{0: 0, 5: b"://"}]}], 4: [{1: ("Q", 9)}]},
        b"TFL3",
    ),
    made.flatbuffer(
        {1: [{0: "forward", 6: [{0: "aten::add"}], 7: [{0: "CudaBackend"}]}], 4: [{1: ("Q", 9)}]}, b"ET12"
    ),
    made.num(1, 8)
    + made.part(2, made.part(1, "x"))
    + made.part(500, made.part(1, made.part(500, made.part(10, "M")))),
    made.part(
        1,
        made.num(1, 0),
        made.num(2, -1),
        made.part(4, made.part(3, "py_func"), made.part(4, made.part(1, "path"))),
    ),
    bytes(16) + b"\4\0\0\0\x08\x05\x10\x02" + bytes(8),
    bytes(100) + bytes([0, 8, 20, 8]).ljust(40, b"\0") + 0xDB4775248B80FB57.to_bytes(8, "little"),
    b'node { name: "p" op: "Const" attr { key: "value" value { tensor { string_val: "\\057etc" } } } }',
    b'{"graph_module": {"graph": {"nodes": [{"target": "torch.ops.aten.from_file.default", "inputs": []}]}}}',
    b'{"base_code": {"magic": "pir"}, "program": {"ops": [{"#": "1.py_func", "A": []}]}}',
    b"class M(Module):\n  def forward(self):\n    return torch.from_file('x', ^F(1), ops.a.b)",
    b'<!DOCTYPE r [<!ENTITY a "b">]><PMML><Extension name="a">&a;</Extension></PMML>',
    b'<net><layers><layer type="Const" version="opset1"><data shape="1" size="4"/></layer></layers></net>',
    b"module @m { %0 = stablehlo.custom_call @x(%a) }",
    made.part(1, made.part(3, "root"), made.part(5, b"{}")),
]
NAMES = ["m", "keras_metadata.pb", "fingerprint.pb", "m.pmml", "model_weights_config.json"]


def read(one: Format, octets: bytes, name: str) -> None:
    asset = Asset("m.pt2!" + name, Bytes(octets), Kind.MEMBER, 1, one.name)
    assert one.claim(asset) in Claim
    try:
        for each in one.read(asset):
            assert isinstance(each, View | Asset | Gap)
            if isinstance(each, View):
                list(judge(each))
    except UnreadableAsset:
        pass


@pytest.mark.parametrize("one", FORMATS, ids=[each.name for each in FORMATS])
@given(octets=st.binary(max_size=300), name=st.sampled_from(NAMES))
@settings(max_examples=25, deadline=None)
def test_any_bytes_give_readings_or_unreadable(one: Format, octets: bytes, name: str) -> None:
    read(one, octets, name)


@pytest.mark.parametrize("one", FORMATS, ids=[each.name for each in FORMATS])
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=4), st.integers(0, 4)), max_size=4),
    name=st.sampled_from(NAMES),
)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_changed_files_give_readings_or_unreadable(
    one: Format, seed: bytes, changes: list[tuple[int, bytes, int]], name: str
) -> None:
    octets = seed
    for at, put, drop in changes:
        at %= len(octets) + 1
        octets = octets[:at] + put + octets[at + drop :]
    read(one, octets, name)


def test_every_own_format_is_registered() -> None:
    assert {each.name for each in FORMATS} == OWN
