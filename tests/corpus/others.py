"""Attacks in other model files: R, skops, Flax, boosters, notebooks, scripts and programs."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import gzip
import json
import struct

from tests.corpus.containers import npy
from tests.corpus.opcodes import call, program
from tests.corpus.payload import SHELL
from tests.corpus.technique import table
from tests.corpus.zips import folder

PICKLE = program(call("os:system", SHELL))


def integer(*numbers: int) -> bytes:
    """Big-endian words of R's XDR serialisation."""
    return b"".join(struct.pack(">i", each) for each in numbers)


RDS = b"X\n" + integer(3, 0x40301, 0x30500, 5) + b"UTF-8"
_NULL, _GLOBALS, _UNBOUND, _BASE = 254, 253, 252, 241


def symbol(name: bytes) -> bytes:
    """SYMSXP of a CHARSXP."""
    return integer(1, 0x40009, len(name)) + name


def string(it: bytes) -> bytes:
    """STRSXP of one."""
    return integer(16, 1, 0x40009, len(it)) + it


def call_of(function: bytes, argument: bytes) -> bytes:
    """LANGSXP `function("argument")`."""
    return integer(6) + symbol(function) + integer(2) + string(argument) + integer(_NULL)


def promise(expression: bytes) -> bytes:
    """PROMSXP without a value: forced by whoever touches it (CVE-2024-27322)."""
    return integer(5 | 0x400) + integer(_GLOBALS) + integer(_UNBOUND) + expression


_COMMAND = call_of(b"system", b"touch hauberk-mark")
table("r", "model.rds", "", {
    "promise": RDS + promise(_COMMAND),
    "promise-gzip": lambda: gzip.compress(RDS + promise(_COMMAND)),
    "promise-in-list": RDS + integer(19, 2) + string(b"a") + promise(_COMMAND),
    "promise-file": RDS + promise(call_of(b"readLines", b"/etc/passwd")),
    "promise-in-pairlist": RDS + integer(2 | 0x400) + symbol(b"x") + promise(_COMMAND) + integer(_NULL),
})  # fmt: skip
table("r", "model.rda", "", {
    "workspace-promise": b"RDX3\n" + RDS + integer(2 | 0x400) + symbol(b"x") + promise(_COMMAND) + integer(_NULL),
})  # fmt: skip


def skops(schema: dict[str, object], **members: bytes) -> bytes:
    """A skops archive."""
    base = {"protocol": 2, "_skops_version": "0.11"}
    return folder({"schema.json": json.dumps(schema | base).encode()}
                  | {key.replace("__", "."): each for key, each in members.items()})  # fmt: skip


def node(module: str, name: str, loader: str, **more: object) -> dict[str, object]:
    """A node of a skops schema."""
    return {"__class__": name, "__module__": module, "__loader__": loader, "__id__": 1, **more}


_ARGS = {"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode", "content": {}, "key_types": {
    "__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": []}}  # fmt: skip
table("skops", "model.skops", "", {
    "function-os-system": skops(node("os", "system", "FunctionNode", content={"module_path": "os", "function": "system"})),
    "object-popen": skops(node("subprocess", "Popen", "ObjectNode", content=_ARGS)),
    "reduce-eval": skops(node("builtins", "eval", "ReduceNode", content=_ARGS)),
    "method-node": skops(node("types", "MethodType", "MethodNode", content={"func": "system", "obj": node(
        "os", "_wrap_close", "ObjectNode", content=_ARGS)})),
    "operator-methodcaller": skops(node("operator", "methodcaller", "OperatorFuncNode", attrs=_ARGS)),
    "json-type-confusion": skops(node("builtins", "str", "JsonNode", content='"x"') | {"__module__": "os"}),
    "partial": skops(node("functools", "partial", "PartialNode", content={"func": node(
        "os", "system", "FunctionNode", content={"module_path": "os", "function": "system"}), "args": _ARGS})),
    "type-node": skops(node("ctypes", "CDLL", "TypeNode")),
    "pickle-member": skops(node("builtins", "str", "JsonNode", content='"x"'), payload__pkl=PICKLE),
    "object-array-member": skops(node("numpy", "ndarray", "NdArrayNode", type="numpy", file="a.npy"),
        a__npy=npy(PICKLE)),
    "member-escapes": skops(node("numpy", "ndarray", "NdArrayNode", type="numpy", file="../../a.npy")),
})  # fmt: skip
table("other", "model.ubj", "", {
    "xgboost-ubj-length": b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner[$L#L\x7f\xff\xff\xff\xff\xff\xff\xff",
    "xgboost-ubj-negative": b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner[$L#L\x80\x00\x00\x00\x00\x00\x00\x00",
})  # fmt: skip
table("other", "checkpoint.msgpack", "", {
    "msgpack-array-length": b"\x81\xa1a\xdd\xff\xff\xff\xff",
    "msgpack-bin-length": b"\x81\xa1a\xc6\xff\xff\xff\xff",
    "msgpack-unknown-ext": b"\x81\xa1a\xc7\x04\x63abcd",
    "msgpack-deep": b"\x91" * 5000 + b"\x01",
    "msgpack-ext-shape-lies": b"\x81\xa1a\xc7\x10\x01\x93\x91\xce\x7f\xff\xff\xff\xa7float32\xc4\x01x"[:24],
})  # fmt: skip
table("other", "model.bin", "", {
    "elf": b"\x7fELF\x02\x01\x01" + bytes(200), "pe": b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + bytes(200),
    "mach-o": b"\xcf\xfa\xed\xfe\x07\0\0\1" + bytes(200), "shell-script": b"#!/bin/sh\ntouch hauberk-mark\n",
})  # fmt: skip
table("other", "model.safetensors", "", {"elf-as-safetensors": b"\x7fELF\x02\x01\x01" + bytes(200)})
