"""Pickles that run their payload and then break, so that a tool which needs a whole parse sees nothing.

Source: the exception-oriented class of "Art of Hide and Seek" (arXiv 2508.19774).
"""

from __future__ import annotations

from tests.corpus.opcodes import call, program
from tests.corpus.payload import SHELL
from tests.corpus.technique import table

RUN = b"\x80\x04" + call("os:system", SHELL)

table("pickle-broken", "model.pkl", "pickle", {
    "no-stop": RUN,
    "cut-in-string": RUN + b"X\xff\x00\x00\x00abc",
    "cut-in-int": RUN + b"J\x01",
    "unknown-opcode": RUN + b"\xff.",
    "unknown-opcode-newline": RUN + b"\n\n.",
    "zero-byte": RUN + b"\x00.",
    "pop-from-empty": RUN + b"000.",
    "stop-on-empty": RUN + b"0.",
    "mark-missing": RUN + b"t.",
    "unclosed-mark": RUN + b"(((.",
    "memo-missing": RUN + b"h\x63.",
    "memo-missing-long": RUN + b"j\xff\xff\xff\x7f.",
    "bad-int": RUN + b"Iabc\n.",
    "bad-float": RUN + b"Fabc\n.",
    "bad-long": RUN + b"Labc\n.",
    "bad-string-quote": RUN + b"Sabc\n.",
    "bad-string-escape": RUN + b"S'\\x'\n.",
    "bad-utf-8": RUN + b"X\x02\x00\x00\x00\xff\xfe.",
    "bad-unicode-escape": RUN + b"V\\u12\n.",
    "negative-long4": RUN + b"\x8b\xff\xff\xff\xff.",
    "negative-binstring": RUN + b"T\xff\xff\xff\xff.",
    "negative-binput": RUN + b"p-1\n.",
    "proto-too-high": RUN + b"\x80\x7f.",
    "frame-too-long": RUN + b"\x95\xff\xff\xff\xff\xff\xff\x00\x00.",
    "binbytes8-too-long": RUN + b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff.",
    "global-missing-module": RUN + b"cno_such_module\nx\n.",
    "global-missing-name": RUN + b"cos\nno_such_name\n.",
    "global-cut": RUN + b"cos",
    "stack-global-no-strings": RUN + b"K\x01K\x02\x93.",
    "stack-global-underflow": RUN + b"\x93.",
    "reduce-no-callable": RUN + b"K\x01)R.",
    "reduce-no-tuple": RUN + b"cos\ngetpid\nK\x01R.",
    "newobj-no-class": RUN + b"K\x01)\x81.",
    "build-on-int": RUN + b"K\x01K\x02b.",
    "append-to-int": RUN + b"K\x01K\x02a.",
    "setitem-on-int": RUN + b"K\x01K\x02K\x03s.",
    "setitems-odd": RUN + b"}(K\x01u.",
    "unhashable-key": RUN + b"}]K\x01s.",
    "persid-without-loader": RUN + b"Pabc\n.",
    "binpersid-without-loader": RUN + b"K\x01Q.",
    "ext-unregistered": RUN + b"\x82\x99.",
    "ext-zero": RUN + b"\x82\x00.",
    "next-buffer-without-buffers": RUN + b"\x97.",
    "readonly-buffer-of-int": RUN + b"K\x01\x98.",
    "inst-without-mark": RUN + b"ios\ngetpid\n.",
    "dup-of-empty": RUN + b"02.",
    "exit-after": program(call("os:system", SHELL), call("sys:exit", 0)),
    "text-after": RUN + b"<html></html>",
})  # fmt: skip

table("pickle-broken", "model.pkl", "python-pickle", {
    # The pure Python unpickler accepts what the C one refuses, and the other way round.
    "python-only-obj-noise": b"(" + b"cos\nsystem\nS'" + SHELL.encode() + b"'\no" + b"\xfe",
})  # fmt: skip
