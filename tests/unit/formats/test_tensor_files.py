import json
import struct

import pytest

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.core.view import FlawKind, View
from hauberk.formats import ggml_legacy, gguf, numpy_array, safetensors, shard_index


def views(module, name, octets):
    """Views, inner assets and gaps; what was met before an error counts."""
    found = []
    try:
        for each in module.read(Asset(name, Bytes(octets))):
            found.append(each)
    except UnreadableAsset:
        pass
    return found


def kinds(module, name, octets):
    return {
        flaw.kind for each in views(module, name, octets) if isinstance(each, View) for flaw in each.flaws
    }


def tensors(header, body=b"", raw=None):
    text = raw if raw is not None else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def f32(begin, end, shape=None):
    return {"dtype": "F32", "shape": shape or [(end - begin) // 4], "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (tensors({"a": f32(0, 8)}, bytes(8) + b"payload"), FlawKind.HIDDEN),
        (tensors({"a": f32(4, 8)}, bytes(8)), FlawKind.HIDDEN),
        (tensors({"a": f32(0, 8), "b": f32(4, 12)}, bytes(12)), FlawKind.LIES),
        (tensors({"a": f32(0, 8, [3])}, bytes(8)), FlawKind.LIES),
        (tensors({"a": f32(0, 8, [-2])}, bytes(8)), FlawKind.LIES),
        (tensors({"a": f32(0, 8, [2] * 500)}, bytes(8)), FlawKind.LIES),
        (tensors({"a": {"dtype": "F32", "shape": [], "data_offsets": [8, 4]}}, bytes(8)), FlawKind.LIES),
        (tensors({"a": f32(0, 1 << 40)}, bytes(8)), FlawKind.LIES),
        (struct.pack("<Q", 1 << 62) + b"{}", FlawKind.LIES),
        (tensors(None, raw=b'{"a": 1, "a": 2}'), FlawKind.DISAGREES),
        (tensors({"__metadata__": {"a": 1}}), FlawKind.DISAGREES),
        (tensors(None, raw=b'{"a":' * 300 + b"1" + b"}" * 300), FlawKind.DEEP),
    ],
)
def test_safetensors_contradictions_are_flaws(octets, kind):
    assert kind in kinds(safetensors, "m.safetensors", octets)


def test_honest_safetensors_has_no_flaw():
    octets = tensors({"__metadata__": {"format": "pt"}, "a": f32(0, 8), "e": f32(8, 8, [0, 3])}, bytes(8))
    (view,) = views(safetensors, "m.safetensors", octets)
    assert (view.flaws, view.tensors, view.metadata) == ((), 2, {"format": "pt"})


def test_a_truncated_safetensors_is_a_gap_and_no_flaw():
    octets = tensors({"a": f32(0, 800)}, bytes(400))
    assert kinds(safetensors, "m.safetensors", octets) == set()
    assert len(views(safetensors, "m.safetensors", octets)) == 2


@pytest.mark.parametrize("name", ["../x.bin", "/etc/x", "C:\\x", "a/../../b", "..\\x"])
def test_a_shard_outside_of_the_folder_escapes(name):
    octets = json.dumps({"weight_map": {"a": name, "b": "model-1.safetensors"}}).encode()
    assert kinds(shard_index, "model.safetensors.index.json", octets) == {FlawKind.ESCAPES}


def text(value):
    return struct.pack("<Q", len(value)) + value


def model(values=(), infos=(), body=b"", counts=None):
    made = b"GGUF" + struct.pack("<IQQ", 3, *(counts or (len(infos), len(values))))
    made += b"".join(values) + b"".join(infos)
    return made + bytes(-len(made) % 32) + body


def info(name, size, offset=0, kind=0):
    return text(name) + struct.pack("<IQIQ", 1, size, kind, offset)


TEMPLATE = text(b"tokenizer.chat_template") + struct.pack("<I", 8) + text(b"{{ messages }}")


def test_the_chat_template_is_handed_over():
    view, inner = views(gguf, "m.gguf", model([TEMPLATE], [info(b"a", 8)], bytes(32)))
    assert (view.flaws, inner.hint, inner.content.octets) == ((), "chat-template", b"{{ messages }}")


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (model([TEMPLATE, TEMPLATE]), FlawKind.DISAGREES),
        (model(counts=(1 << 60, 0)), FlawKind.LIES),
        (model([text(b"k") + struct.pack("<IIQ", 9, 4, 1 << 61)]), FlawKind.LIES),
        (model([text(b"k") + struct.pack("<IQ", 8, 1 << 61)]), FlawKind.LIES),
        (model([text(b"general.alignment") + struct.pack("<II", 4, 0)]), FlawKind.LIES),
        (model([], [info(b"a", 1 << 62)]), FlawKind.LIES),
        (model([], [info(b"a", 33, kind=2)]), FlawKind.LIES),
        (model([], [info(b"a", 8, offset=7)], bytes(64)), FlawKind.LIES),
        (model([], [info(b"a", 16), info(b"b", 8, 32)], bytes(64)), FlawKind.LIES),
        (model([], [info(b"a", 8), info(b"a", 8, 32)], bytes(64)), FlawKind.DISAGREES),
        (model([], [info(b"a", 8)], bytes(32) + b"#!/bin/sh" * 9), FlawKind.HIDDEN),
        (model([text(b"k") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 9]), FlawKind.DEEP),
    ],
)
def test_gguf_contradictions_are_flaws(octets, kind):
    assert kind in kinds(gguf, "m.gguf", octets)


def test_strings_longer_than_a_chunk_are_passed_over(monkeypatch):
    monkeypatch.setattr(gguf, "CHUNK", 64)
    tokens = text(b"k") + struct.pack("<IIQ", 9, 8, 40) + text(b"x" * 100) + text(b"token") * 39
    (view,) = views(gguf, "m.gguf", model([tokens], [info(b"a", 8)], bytes(32)))
    assert (view.flaws, view.tensors) == ((), 1)


def test_a_ggjt_model_ends_where_its_last_tensor_does():
    octets = b"tjgg" + struct.pack("<8I", 3, 1, 8, 256, 2, 1, 64, 2) + struct.pack("<I3sf", 3, b"abc", 0.5)
    octets += struct.pack("<5I", 2, 1, 0, 8, 2) + b"w"
    octets += bytes(-len(octets) % 32) + bytes(64)
    (view,) = views(ggml_legacy, "m.bin", octets)
    assert (view.layout, view.tensors) == ("llama", 1)


def array(header, body=b"", version=1):
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(header)) + header + body


def head(descr, shape):
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()


@pytest.mark.parametrize(
    "descr", ["'|O'", "[('a', '<f4'), ('b', '|O')]", "[('a', [('b', 'O8')])]", "'object'"]
)
def test_an_array_of_objects_hands_its_pickle_over(descr):
    view, inner = views(numpy_array, "a.npy", array(head(descr, "(1,)"), b"\x80\x04N."))
    assert (view.holds_objects, inner.hint, inner.content.read(0, 9)) == (True, "pickle", b"\x80\x04N.")


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (array(head("'<f8'", "(1,)"), bytes(9)), FlawKind.HIDDEN),
        (array(head("'<f8'", "(2**40,)".replace("2**40", str(1 << 40))), bytes(9)), FlawKind.LIES),
        (b"\x93NUMPY\2\0\xff\xff\xff\xff", FlawKind.LIES),
        (array(b"__import__('os').system('id')"), FlawKind.HIDDEN),
    ],
)
def test_npy_contradictions_are_flaws(octets, kind):
    assert kind in kinds(numpy_array, "a.npy", octets)


def test_arrays_saved_into_one_file_are_all_read():
    one = array(head("[('x', '<f4', (2, 3)), ('y', '<U2')]", "(2,)"), bytes(64))
    assert [each.flaws for each in views(numpy_array, "a.npy", one + one)] == [(), ()]


@pytest.mark.parametrize("header", [b"(" * 999, b"-" * 999 + b"1", b"{'descr': 1}", b"1" * 9999, b"{[]: 1}"])
def test_odd_headers_are_gaps(header):
    with pytest.raises(UnreadableAsset):
        list(numpy_array.read(Asset("a.npy", Bytes(array(header)))))
