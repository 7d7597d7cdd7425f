"""Opcodes that push constants: numbers and strings, as CPython's `_pickle` parses them.

Source: CPython, Modules/_pickle.c, load_int and those behind it; where `pickletools` differs it is wrong.
"""

from __future__ import annotations

import codecs
import re
import struct
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from hauberk.analysis.execution.events import Broken
from hauberk.analysis.execution.values import Box, Opaque, Value
from hauberk.core.view import FlawKind

if TYPE_CHECKING:
    from hauberk.analysis.execution.machine import Machine

MAX_TEXT = 1 << 16  # bytes; longer strings are no names: only their length is kept
MAX_DIGITS = 4300  # CPython's own limit for int <-> str (sys.int_info)
MAX_LONG = 1 << 20  # bytes of an integer; a larger one takes minutes to make
BLANK = b" \t\n\r\f\v"  # what strtol and PyLong_FromString pass over
# What PyOS_string_to_double takes: no blanks, no underscores.
FLOAT = re.compile(rb"[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|nan|inf(?:inity)?)", re.IGNORECASE)
# What strtol takes whole with base 0; all else goes to PyLong_FromString.
STRTOL = re.compile(rb"[ \t\n\r\f\v]*([-+]?)(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)", re.IGNORECASE)
ZERO = 0x30
MAX_SHORT = 19  # digits that fit a long of C in any case, and one
LONG_MIN, LONG_MAX = -(1 << 63), (1 << 63) - 1  # of C, where strtol gives up

Act = Callable[["Machine"], None]
OPCODES: dict[int, Act] = {}
WIDTHS: dict[int, int] = {}  # bytes of the number behind an opcode: the machine has them at hand


def opcode(code: bytes) -> Callable[[Act], Act]:
    """Register what each of the opcodes does."""

    def register(act: Act) -> Act:
        for each in code:
            OPCODES[each] = act
        return act

    return register


def counted(code: int, form: str, act: Callable[[Machine, int], None]) -> None:
    """Register an opcode with the number behind it, as `struct` says its form."""
    read = struct.Struct(form)
    unpack, width = read.unpack_from, read.size

    def act_on(m: Machine) -> None:
        at = m.at
        m.at = at + width
        act(m, unpack(m.data, at)[0])

    def act_on_octet(m: Machine) -> None:
        at = m.at
        m.at = at + 1
        act(m, m.data[at])

    OPCODES[code] = act_on_octet if form == "<B" else act_on
    WIDTHS[code] = width


def _constant(value: Value) -> Act:
    return lambda m: m.stack.append(value)


def _push(m: Machine, value: Value) -> None:
    m.stack.append(value)


def _empty(kind: str) -> Act:
    return lambda m: m.stack.append(Box(kind, []))


OPCODES |= {
    ord("N"): _constant(None), 0x88: _constant(True), 0x89: _constant(False),
    ord("]"): _empty("list"), ord("}"): _empty("dict"), ord(")"): _empty("tuple"), 0x8F: _empty("set"),
}  # fmt: skip


for _code, _form in ((b"J", "<i"), (b"K", "<B"), (b"M", "<H"), (b"G", ">d")):
    counted(_code[0], _form, _push)


def _proto(m: Machine, told: int) -> None:
    if told > 5:
        raise Broken(f"protocol {told}")
    m.announce(told)


counted(0x80, "<B", _proto)
counted(0x95, "<Q", lambda m, length: m.enter_frame(length))


# Strings with a length


def _text(m: Machine, length: int) -> None:
    try:
        if length > MAX_TEXT:
            m.stack.append(Opaque("str", length, m.position))
            m.skip_text(length)
        else:
            m.stack.append(m.take(length).decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError as error:
        raise Broken("a string that is no UTF-8") from error


def _bytes(m: Machine, length: int) -> None:
    if length > MAX_TEXT:
        start = m.position
        m.skip(length)
        m.stack.append(Opaque("bytes", length, start))
    else:
        m.stack.append(m.take(length))


def _bytearray(m: Machine, length: int) -> None:
    start = m.position
    m.skip(length)
    m.stack.append(Opaque("bytearray", length, start))


def _string(m: Machine, length: int) -> None:
    # A string of Python 2. Loaders choose its encoding (torch UTF-8, pandas Latin-1), and the one that
    # takes every byte goes furthest; so nothing that runs under any of them is missed.
    if length < 0:
        raise Broken("a negative length")
    if length > MAX_TEXT:
        start = m.position
        m.skip(length)
        m.stack.append(Opaque("str", length, start))
    else:
        m.stack.append(m.take(length).decode("latin-1"))


def _long(m: Machine, length: int) -> None:
    if length < 0:
        raise Broken("a negative length")
    if length > MAX_LONG:
        m.skip(length)
        m.flaw(FlawKind.BOMB, f"an integer of {length} bytes")
        m.stack.append(Opaque("int", length))
    else:
        m.stack.append(int.from_bytes(m.take(length), "little", signed=True))


for _code, _form, _act in (
    (b"\x8c", "<B", _text), (b"X", "<I", _text), (b"\x8d", "<Q", _text),
    (b"C", "<B", _bytes), (b"B", "<I", _bytes), (b"\x8e", "<Q", _bytes),
    (b"\x96", "<Q", _bytearray), (b"U", "<B", _string), (b"T", "<i", _string),
    (b"\x8a", "<B", _long), (b"\x8b", "<i", _long),
):  # fmt: skip
    counted(_code[0], _form, _act)


# Text arguments, which end with their line


def text_line(m: Machine) -> bytes:
    """A line that is not empty. Raises Broken if it is: `bad_readline`."""
    found = m.line()
    if not found:
        raise Broken("a text argument is empty")
    return found


@opcode(b"S")
def _quoted(m: Machine) -> None:
    line = m.line()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
        raise Broken("a string without its quotes")
    octets = _unescaped(line[1:-1]) if b"\\" in line else line[1:-1]
    m.stack.append(octets.decode("latin-1"))


def _unescaped(octets: bytes) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that mean themselves, which loading warns of as well
            return codecs.escape_decode(octets)[0]
    except ValueError as error:
        raise Broken("a string with a bad escape") from error


@opcode(b"V")
def _unicode(m: Machine) -> None:
    try:
        m.stack.append(m.line().decode("raw-unicode-escape"))
    except UnicodeDecodeError as error:
        raise Broken("a string with a bad escape") from error


@opcode(b"I")
def _int(m: Machine) -> None:
    line = text_line(m)
    if len(line) < MAX_SHORT and line.isdigit() and line[0] != ZERO:
        m.stack.append(int(line))
        return
    text = line.partition(b"\0")[0]  # for C the string ends there
    found = STRTOL.fullmatch(text)
    value: int | None = None
    if found is not None:
        is_octal = found[2][:1] == b"0" and found[2][1:2] not in (b"x", b"X")
        value = int(found[1] + found[2], 8 if is_octal else 0) if len(found[2]) < 30 else None
        value = value if value is not None and LONG_MIN <= value <= LONG_MAX else None
    elif line[:1] == b"\0":  # strtol finds no digit, and the end where it should be
        value = 0
    if value is None:
        m.stack.append(integer(m, text, 0))
    elif len(line) == 2 and value in (0, 1):
        m.stack.append(value == 1)
    else:
        m.stack.append(value)


@opcode(b"L")
def _old_long(m: Machine) -> None:
    line = text_line(m)
    m.stack.append(integer(m, (line[:-1] if line.endswith(b"L") else line).partition(b"\0")[0], 0))


def integer(m: Machine, text: bytes, base: int) -> int:
    """What PyLong_FromString makes of the text."""
    if len(text) > MAX_DIGITS:
        m.flaw(FlawKind.BOMB, f"an integer of {len(text)} digits")
        raise Broken("an integer of too many digits")
    try:
        return int(text, base)
    except ValueError as error:
        raise Broken("no integer") from error


@opcode(b"F")
def _float(m: Machine) -> None:
    text = text_line(m).partition(b"\0")[0]
    if FLOAT.fullmatch(text) is None:
        raise Broken("no number")
    value = float(text)
    if value in (float("inf"), float("-inf")) and b"n" not in text.lower():
        raise Broken("a number too large")
    m.stack.append(value)
