"""A small assembler for pickle programs: values and calls in, opcodes out."""

from __future__ import annotations

import struct


class Code(bytes):
    """Opcodes that leave one object on the stack."""

    def __add__(self, more: bytes) -> Code:  # type: ignore[override]
        return Code(bytes(self) + more)


def text(value: str) -> Code:
    """BINUNICODE."""
    octets = value.encode("utf-8", "surrogatepass")
    return Code(b"X" + struct.pack("<I", len(octets)) + octets)


def integer(value: int) -> Code:
    """BININT where it fits, else LONG1."""
    if -(2**31) <= value < 2**31:
        return Code(b"J" + struct.pack("<i", value))
    octets = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
    return Code(b"\x8a" + bytes([len(octets)]) + octets)


def value(it: object) -> Code:
    """The opcodes that build a plain value; Code stands for itself."""
    match it:
        case Code():
            return it
        case None:
            return Code(b"N")
        case bool():
            return Code(b"\x88" if it else b"\x89")
        case int():
            return integer(it)
        case float():
            return Code(b"G" + struct.pack(">d", it))
        case str():
            return text(it)
        case bytes():
            return Code(b"B" + struct.pack("<I", len(it)) + it)
        case tuple():
            return Code(b"(" + b"".join(map(value, it)) + b"t")
        case list():
            return Code(b"](" + b"".join(map(value, it)) + b"e")
        case dict():
            return Code(b"}(" + b"".join(value(k) + value(v) for k, v in it.items()) + b"u")
    raise TypeError(f"no opcodes for {it!r}")


def name(dotted: str) -> Code:
    """STACK_GLOBAL of `module:qualified.name`."""
    module, _, rest = dotted.partition(":")
    return Code(text(module) + text(rest) + b"\x93")


def old_name(dotted: str) -> Code:
    """GLOBAL of `module:name`."""
    module, _, rest = dotted.partition(":")
    return Code(b"c" + module.encode() + b"\n" + rest.encode() + b"\n")


def call(target: str | Code, *args: object) -> Code:
    """REDUCE: the target called with the arguments."""
    function = target if isinstance(target, Code) else name(target)
    return Code(function + value(tuple(args)) + b"R")


def named(target: str, *args: object, **kwargs: object) -> Code:
    """The function called with keywords, by way of `functools.partial` and NEWOBJ_EX."""
    partial = name("functools:partial") + value((name(target), *args)) + value(kwargs) + b"\x92"
    return Code(partial + b")R")


def method(klass: str, method_name: str, receiver: object, *args: object) -> Code:
    """`klass.method(receiver, ...)` by the class's dotted name."""
    return call(f"{klass}.{method_name}", receiver, *args)


def program(*parts: bytes, protocol: int = 4) -> bytes:
    """PROTO, the parts with all but the last popped, STOP."""
    return bytes([0x80, protocol]) + b"0".join(parts) + b"."


def old_program(*parts: bytes) -> bytes:
    """As `program`, of protocol 2, whose names are those of Python 2."""
    return program(*parts, protocol=2)


def built(it: Code, state: object) -> Code:
    """BUILD: the object with its state set."""
    return it + value(state) + b"b"


def made(klass: str, *args: object) -> Code:
    """NEWOBJ."""
    return name(klass) + value(args) + b"\x81"
