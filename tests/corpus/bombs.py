"""Files that exhaust whoever loads them: memory, time or the stack."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import bz2
import gzip
import lzma

from tests.corpus.containers import npy
from tests.corpus.opcodes import program
from tests.corpus.technique import table
from tests.corpus.zips import Member, archive

ZEROS = bytes(64 << 20)  # bytes that compress a thousandfold


def _laughs(levels: int, width: int) -> bytes:
    """Lists of lists: `width ** levels` leaves, small in memory, endless when walked (repr, copy, hash)."""
    out = b"\x80\x04(" + b"K\x01" * width + b"t\x94"
    for level in range(levels):
        out += b"0(" + (b"h" + bytes([level])) * width + b"t\x94"
    return out


def _hash_bomb() -> bytes:
    """A tuple nested so that its hash takes 2 ** 60 steps, used as a key."""
    out = b"\x80\x04]0K\x01K\x02\x86\x94"
    for level in range(60):
        out += b"0" + (b"h" + bytes([level])) * 2 + b"\x86\x94"
    return out + b"0}h\x3cK\x01s."


table("pickle-bombs", "model.pkl", "pickle", {
    "memo-index": b"\x80\x02]r\xff\xff\xff\x7f.",
    "memo-index-text": b"]p2147483647\n.",
    "memo-index-half-gigabyte": b"\x80\x02]r\x00\x00\x00\x40.",
    "tuple-hash": _hash_bomb,
    "bytes8-claim": b"\x80\x04\x8e\x00\x00\x00\x00\x01\x00\x00\x00.",
    "bytearray8-claim": b"\x80\x05\x96\x00\x00\x00\x00\x10\x00\x00\x00.",
}, effect="harm")  # fmt: skip
table("pickle-bombs", "model.pkl", "", {
    "billion-laughs": _laughs(60, 10) + b".",
    "nested-lists": b"\x80\x04" + b"]" * 200_000 + b"a" * 199_999 + b".",
    "nested-tuples": b"\x80\x04)" + b"\x85" * 200_000 + b".",
    "long4-claim": b"\x80\x02\x8b\xff\xff\xff\x7f.",
    "binunicode-claim": b"\x80\x02X\xff\xff\xff\xff.",
    "frame-claim": b"\x80\x04\x95\x00\x00\x00\x00\x00\x01\x00\x00N.",
    "bytearray-of-size": program(b"cbuiltins\nbytearray\n(J\xff\xff\xff\x7ftR"),
    "range-list": program(b"cbuiltins\nlist\n(cbuiltins\nrange\n(J\xff\xff\xff\x7ftRtR"),
    "multiply": program(b"coperator\nmul\n(X\x01\x00\x00\x00aJ\xff\xff\xff\x7ftR"),
    "power": program(b"cbuiltins\npow\n(J\xff\xff\xff\x7fJ\xff\xff\xff\x7ftR"),
    "sleep": program(b"ctime\nsleep\n(J\xff\xff\xff\x7ftR"),
    "regular-expression": program(b"cre\nmatch\n(X\x06\x00\x00\x00(a+)+$X\x28\x00\x00\x00" + b"a" * 39 + b"btR"),
    "itertools-repeat": program(b"cbuiltins\nlist\n(citertools\nrepeat\n(K\x01tRtR"),
    "numpy-ones": program(b"cnumpy\nones\n(\x8a\x05\x00\x00\x00\x00\x10tR"),
})  # fmt: skip


def _overlapped(count: int = 200) -> bytes:
    """One compressed stream, claimed by many names (the 42.zip of David Fifield, USENIX WOOT 2019)."""
    first = Member("0", ZEROS[: 8 << 20], deflate=True)
    return archive(
        first, *(Member(str(n), ZEROS[: 8 << 20], deflate=True, offset=0) for n in range(1, count))
    )


# A hundred streams in a row are one stream of 6.4 GB to gzip, bz2 and xz alike.
_PRESS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
for _suffix, _press in _PRESS.items():
    table("bombs", f"model.pkl.{_suffix}", "decompress", {f"{_suffix}-zeros": lambda press=_press: press(ZEROS) * 100},
          effect="harm", needs=("lz4",))  # fmt: skip
table("bombs", "model.zip", "", {
    "zip-overlapped": _overlapped,
    "zip-size-claim": archive(Member("a", b"x", claimed_size=0xFFFFFFF0, deflate=True)),
})  # fmt: skip
table("bombs", "weights.npy", "", {
    "npy-shape-claim": npy(b"", header=b"{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }"),
    "npy-header-claim": b"\x93NUMPY\x02\x00\xff\xff\xff\x7f{",
    "npy-shape-overflow": npy(b"", header=b"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296,4294967296,4), }"),
    "npy-header-deep": npy(b"", header=b"{'descr': " + b"(" * 5000 + b")" * 5000 + b", 'shape': (1,)}"),
    "npy-itemsize-claim": npy(b"", header=b"{'descr': '|V9999999999999', 'fortran_order': False, 'shape': (1,), }"),
})  # fmt: skip
_ALIASES = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))  # fmt: skip
table("bombs", "config.yaml", "", {"yaml-aliases": _ALIASES.encode(), "yaml-deep": b"[" * 5000 + b"]" * 5000})
table("bombs", "config.json", "json", {"json-deep": b"[" * 200_000 + b"]" * 200_000}, effect="harm")
table("bombs", "MLmodel", "", {"mlmodel-aliases": _ALIASES.encode()})
