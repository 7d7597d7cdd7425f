"""Any bytes give views or UnreadableAsset, from every reader of tensors, trees and tables."""

import json
import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.formats import (
    catboost_model,
    columnar,
    executable,
    ggml_legacy,
    gguf,
    keras_config,
    keras_metadata,
    lightgbm_model,
    msgpack_arrays,
    numpy_array,
    r_serialisation,
    safetensors,
    shard_index,
    skops_schema,
    xgboost_model,
)
from hauberk.formats.strict_json import parse

HEADER = b'{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
NPY = b"{'descr': [('a', '<f4', (2,)), ('b', '|O')], 'fortran_order': False, 'shape': (3,), }"
KERAS = {
    "class_name": "Sequential",
    "config": {"layers": [{"class_name": "Lambda", "config": {"function": []}}]},
}
PAIR = b"\0\0\0\6\0\0\0\1\0\4\0\x09\0\0\0\x02lm\0\0\0\xfe"
VALID = {
    safetensors: struct.pack("<Q", len(HEADER)) + HEADER + bytes(8),
    shard_index: b'{"weight_map": {"a": "b.safetensors"}}',
    gguf: b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 1) + b"k" + struct.pack("<IIQQ", 9, 8, 1, 3) + b"abc"
    + struct.pack("<Q", 1) + b"t" + struct.pack("<IQIQ", 1, 8, 0, 0) + bytes(99),
    ggml_legacy: b"tjgg" + struct.pack("<8I", 3, 1, 8, 256, 2, 1, 64, 2)
    + struct.pack("<I3sf", 3, b"abc", 0.5),
    numpy_array: b"\x93NUMPY\1\0" + struct.pack("<H", len(NPY)) + NPY + b"\x80\4N.",
    keras_config: json.dumps(KERAS).encode(),
    keras_metadata: b'{"keras_version": "3.0"}',
    skops_schema: b'{"__class__": "call", "__module__": "operator", "__loader__": "MethodNode"}',
    r_serialisation: b"X\n\0\0\0\3\0\4\3\1\0\3\5\0\0\0\0\5UTF-8\0\0\2\x13\0\0\0\2"
    b"\0\0\0\x0d\0\0\0\1\0\0\0\7" + PAIR * 2,
    xgboost_model: b"{L\0\0\0\0\0\0\0\x07learner{L\0\0\0\0\0\0\0\1a[$d#L\0\0\0\0\0\0\0\1\0\0\0\0}}",
    lightgbm_model: b"tree\nversion=v4\nmax_feature_idx=1\nfeature_names=a b\n\nTree=0\n",
    catboost_model: b"CBM1" + struct.pack("<II", 16, 8) + bytes(12),
    msgpack_arrays: b"\x82\xa1a\xc7\x03\x01abc\xa1b\x92\xc3\xc4\x02\x80\x04",
    columnar: b"PAR1" + b"ARROW:schema\x18\x40" + b"QUJD" * 16 + struct.pack("<I", 64) + b"PAR1",
    executable: b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0",
}  # fmt: skip
MODULES = pytest.mark.parametrize("module", VALID, ids=lambda module: module.__name__.rsplit(".", 1)[-1])


def survives(module, octets):
    asset = Asset("x!y", Bytes(octets))
    module.claim(asset)
    try:
        for each in module.read(asset):
            assert each is not None
    except UnreadableAsset:
        pass


@MODULES
def test_the_seed_is_claimed(module):
    name = {shard_index: "m.safetensors.index.json", keras_metadata: "metadata.json"}.get(module, "m")
    assert module.claim(Asset(name, Bytes(VALID[module])))


@MODULES
@settings(max_examples=40, deadline=None)
@given(octets=st.binary(max_size=400), keep=st.integers(0, 12))
def test_any_bytes_are_survived(module, octets, keep):
    survives(module, VALID[module][:keep] + octets)


@MODULES
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_mutations_are_survived(module, data):
    octets = bytearray(VALID[module])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(octets)))
        width = data.draw(st.integers(0, 8))
        octets[at : at + width] = data.draw(st.binary(max_size=8) | st.sampled_from([b"\xff" * 8, bytes(8)]))
    survives(module, bytes(octets))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300) | st.text('{}[]",:\\ntrue1.e-', max_size=300).map(str.encode))
def test_json_is_survived(octets):
    with suppress(UnreadableAsset):
        parse(octets, 1000)
