"""Pickles that name and call `os.system` by every route that the opcodes offer."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import struct

from tests.corpus.opcodes import call, name, old_name, program, text, value
from tests.corpus.payload import CODE, SHELL
from tests.corpus.technique import table

RUN = call("os:system", SHELL)
ARGS = value((SHELL,))
SH = SHELL.encode()
OS_SYSTEM = text("os") + text("system") + b"\x93"


def short(octets: bytes) -> bytes:
    """SHORT_BINUNICODE."""
    return b"\x8c" + bytes([len(octets)]) + octets


def frame(octets: bytes) -> bytes:
    """FRAME around the octets."""
    return b"\x95" + struct.pack("<Q", len(octets)) + octets


def _named_by(strings: bytes) -> bytes:
    return program(strings + b"\x93" + ARGS + b"R")


table("pickle-opcodes", "model.pkl", "pickle", {
    "global-protocol-0": b"cos\nsystem\n(S'" + SH + b"'\ntR.",
    "global-protocol-0-posix": b"cposix\nsystem\np0\n(V" + SH + b"\np1\ntp2\nRp3\n.",
    "global-protocol-1": b"cos\nsystem\n(U" + bytes([len(SH)]) + SH + b"tR.",
    "global-protocol-2": b"\x80\x02cos\nsystem\nX" + struct.pack("<I", len(SH)) + SH + b"\x85R.",
    "global-protocol-5": b"\x80\x05" + old_name("os:system") + ARGS + b"R.",
    "global-no-proto": old_name("os:system") + ARGS + b"R.",
    "stack-global-framed": b"\x80\x04" + frame(OS_SYSTEM + short(SH) + b"\x85R."),
    "inst": b"(S'" + SH + b"'\nios\nsystem\n.",
    "obj": b"(" + old_name("os:system") + text(SHELL) + b"o.",
    "obj-stack-global": program(b"(" + name("subprocess:Popen") + value(["sh", "-c", SHELL]) + b"o"),
    "newobj-popen-init": program(name("functools:partial") + value((name("os:system"), SHELL)) + b"\x81)R"),
    "newobj-ex": program(name("functools:partial") + value((name("builtins:exec"), CODE)) + b"}\x92)R"),
    "tuple1": program(OS_SYSTEM + text(SHELL) + b"\x85R"),
    "tuple-from-memo": program(text(SHELL) + b"\x85q\x000" + OS_SYSTEM + b"h\x00R"),
    "reduce-twice": program(call(call("functools:partial", name("os:system")), SHELL)),
    "ext1": program(call("copyreg:add_extension", "os", "system", 240), b"\x82\xf0" + ARGS + b"R"),
    "ext2": program(call("copyreg:add_extension", "os", "system", 4660), b"\x83\x34\x12" + ARGS + b"R"),
    "ext4": program(call("copyreg:add_extension", "os", "system", 70000),
                    b"\x84" + struct.pack("<i", 70000) + ARGS + b"R"),
    "ext-registry-setitem": program(
        name("copyreg:_inverted_registry") + value(7) + value(("os", "system")) + b"s", b"\x82\x07" + ARGS + b"R"
    ),
    "ext-cache-setitem": program(
        name("copyreg:_extension_cache") + value(9) + name("os:system") + b"s", b"\x82\x09" + ARGS + b"R"
    ),
    "build-setstate": program(name("functools:partial") + value((name("os:system"),)) + b"\x81"
                              + value((name("os:system"), (SHELL,), None, None)) + b"b)R"),
    "persistent-free-setitems": program(b"}(" + text("a") + RUN + b"u"),
    "appends-of-call": program(b"](" + RUN + b"e"),
    "additems-of-call": program(b"\x8f(" + RUN + b"\x90"),
    "frozenset-of-call": program(b"(" + RUN + b"\x91"),
    "dict-of-call": program(b"(" + text("a") + RUN + b"d"),
    "list-of-call": program(b"(" + RUN + b"l"),
    "call-as-dict-key": program(b"}" + RUN + b"K\x01s"),
    "call-popped": program(RUN, b"]"),
    "call-below-mark-popped": program(b"(" + RUN + b"1]"),
})  # fmt: skip

table("pickle-names", "model.pkl", "pickle", {
    "names-from-memo": program(text("os") + b"q\x00" + b"0" + text("system") + b"q\x010h\x00h\x01\x93" + ARGS + b"R"),
    "names-memoize": program(text("os") + b"\x940" + text("system") + b"\x940h\x00h\x01\x93" + ARGS + b"R"),
    "names-long-binget": program(text("os") + b"r\xe8\x03\x00\x000j\xe8\x03\x00\x00" + text("system") + b"\x93" + ARGS + b"R"),
    "names-text-put": program(text("os") + b"p77\n0g77\n" + text("system") + b"\x93" + ARGS + b"R"),
    "names-put-leading-zeros": program(text("os") + b"p0077\n0g77\n" + text("system") + b"\x93" + ARGS + b"R"),
    "names-memo-overwritten": program(text("math") + b"q\x000" + text("os") + b"q\x000h\x00" + text("system") + b"\x93" + ARGS + b"R"),
    "names-decoy-on-top": program(text("os") + text("system") + text("collections") + b"0" + b"\x93" + ARGS + b"R"),
    "names-decoy-below": _named_by(text("collections") + text("OrderedDict") + b"00" + text("os") + text("system")),
    "names-dup": program(text("os") + b"20" + text("system") + b"\x93" + ARGS + b"R"),
    "names-mark-between": _named_by(text("os") + b"(K\x01K\x021" + text("system")),
    "names-pop-mark": _named_by(b"(1" + text("os") + b"((11" + text("system")),
    "names-noise-between": _named_by(text("os") + b"]0}0N0" + text("system") + b"\x880"),
    "names-short-binunicode": _named_by(short(b"os") + short(b"system")),
    "names-binunicode8": _named_by(b"\x8d" + struct.pack("<Q", 2) + b"os" + b"\x8d" + struct.pack("<Q", 6) + b"system"),
    "names-unicode-line": _named_by(b"Vos\nVsystem\n"),
    "names-unicode-escape": _named_by(b"V\\u006fs\nV\\u0073ystem\n"),
    "names-unicode-escape-8": _named_by(b"V\\U0000006fs\nVsystem\n"),
    "names-string": _named_by(b"S'os'\nS'system'\n"),
    "names-string-escape": _named_by(b"S'\\x6fs'\nS'\\163ystem'\n"),
    "names-string-double-quote": _named_by(b'S"os"\nS"system"\n'),
    "names-binstring": _named_by(b"T\x02\x00\x00\x00os" + b"T\x06\x00\x00\x00system"),
    "names-short-binstring": _named_by(b"U\x02osU\x06system"),
    "names-computed-join": program(
        call("builtins:str.join", "", ["o", "s"]) + text("system") + b"\x93" + ARGS + b"R"),
    "names-computed-replace": program(
        text("os") + call("builtins:str.replace", "sysxtem", "x", "") + b"\x93" + ARGS + b"R"),
    "names-computed-reversed": program(
        text("os") + call("builtins:str.join", "", call("builtins:reversed", "metsys")) + b"\x93" + ARGS + b"R"),
    "names-computed-lower": program(call("builtins:str.lower", "OS") + text("system") + b"\x93" + ARGS + b"R"),
    "names-computed-chr": program(text("os") + call("builtins:str", b"system", "ascii") + b"\x93" + ARGS + b"R"),
    "names-computed-codecs": program(
        text("os") + call("_codecs:decode", b"flfgrz".decode(), "rot13") + b"\x93" + ARGS + b"R"),
    "names-computed-slice": program(
        text("os") + call("operator:getitem", "mysystem", call("builtins:slice", 2, None)) + b"\x93" + ARGS + b"R"),
    "global-space-in-name": b"cos\nsystem\n0cos\nsystem\n(S'" + SH + b"'\ntR.",
    "non-ascii-module": program(call("builtins:setattr", name("codecs:builtins"), "ü", name("os:system")),
                                b"cbuiltins\n\xc3\xbc\n" + ARGS + b"R"),
    "global-crlf-free-tab": program(call("operator:setitem", name("sys:modules"), "o s", name("posixpath:os")),
                                    b"co s\nsystem\n" + ARGS + b"R"),
    "trusted-looking-alias": program(
        call("operator:setitem", name("sys:modules"), "sklearn.linear_model._base", name("posixpath:os")),
        name("sklearn.linear_model._base:system") + ARGS + b"R"),
    "harmless-word-collision": program(b"cos\nsystem\n" + ARGS + b"R", text("This is safe. collections OrderedDict")),
    "python-2-name-fix": b"\x80\x02" + b"ccommands\ngetstatusoutput\n" + ARGS + b"R.",
    "python-2-itertools-imap": b"\x80\x02c__builtin__\nlist\n(citertools\nimap\n(" + old_name("os:system")
    + value([SHELL]) + b"tRtR.",
    "python-2-user-list": b"\x80\x02cUserList\nUserList\n(citertools\nimap\n(" + old_name("os:system")
    + value([SHELL]) + b"tRtR.",
})  # fmt: skip

table("pickle-integers", "model.pkl", "pickle", {
    # The C unpickler reads INT and LONG with base 0, pickletools as decimal: memo keys and codes differ.
    "int-base-0": program(name("copyreg:add_extension") + b"(" + text("os") + text("system")
                          + b"I0xF0\ntR", b"\x82\xf0" + ARGS + b"R"),
    "int-octal": program(name("copyreg:add_extension") + b"(" + text("os") + text("system") + b"I0o360\ntR",
                         b"\x82\xf0" + ARGS + b"R"),
    "int-underscore": program(name("copyreg:add_extension") + b"(" + text("os") + text("system") + b"L2_40L\ntR",
                              b"\x82\xf0" + ARGS + b"R"),
    "int-spaces": program(b"I 1 \n", RUN),
    "int-bool-text": program(b"I01\n", RUN),
    "long-hex": program(b"L0x10L\n", RUN),
    "float-text": program(b"F1e3\n", RUN),
    "long1-huge": program(b"\x8a\xff" + b"\x01" * 255, RUN),
    "long4": program(b"\x8b\x04\x00\x00\x00\x01\x02\x03\x04", RUN),
})  # fmt: skip

table("pickle-frames", "model.pkl", "pickle", {
    "frame-cut-in-names": b"\x80\x04" + frame(text("os") + text("system")) + frame(b"\x93" + ARGS + b"R."),
    "frame-per-opcode": b"\x80\x04" + frame(text("os")) + frame(text("system")) + frame(b"\x93") + frame(ARGS)
    + frame(b"R."),
    "frame-empty": b"\x80\x04" + frame(b"") + RUN + b".",
    "frame-in-protocol-2": b"\x80\x02" + frame(RUN + b"."),
    "frame-then-unframed": b"\x80\x04" + frame(b"]0") + RUN + b".",
    "proto-twice": b"\x80\x04]0\x80\x02" + RUN + b".",
    "proto-in-the-middle": b"\x80\x04" + OS_SYSTEM + b"\x80\x00" + ARGS + b"R.",
    "proto-0-byte": b"\x80\x00" + RUN + b".",
    "no-proto": RUN + b".",
})  # fmt: skip

table("pickle-stacked", "model.pkl", "pickle-all", {
    "second-pickle": program(value({"weights": [1, 2]})) + program(RUN),
    "ninth-pickle": program(value([1])) * 8 + program(RUN),
    "second-protocol-0": program(value([1])) + b"cos\nsystem\n(S'" + SH + b"'\ntR.",
})  # fmt: skip
table("pickle-stacked", "model.pkl", "pickle", {
    "first-of-two": program(RUN) + program(value({"weights": [1, 2]})),
    "before-trailing-garbage": program(RUN) + b"\xff" * 64,
    "before-a-zip": program(RUN) + b"PK\x05\x06" + bytes(18),
    "after-a-megabyte": program(b"B\x00\x00\x10\x00" + bytes(1 << 20), RUN),
    "after-fifty-thousand-opcodes": program(b"]0" * 50_000 + RUN),
    "after-many-memo-puts": program(b"]\x940" * 20_000 + RUN),
    "deep-in-data": program(value([[[[[[{"a": (1, [RUN])}]]]]]])),
    "in-large-dict": program(value({f"layer.{n}.weight": [0.5] * 20 for n in range(500)} | {"x": RUN})),
})  # fmt: skip
