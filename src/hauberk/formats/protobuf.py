"""The protobuf wire format, walked field by field: payloads that nobody asks for are skipped, unread.

A walk shares one budget of fields, so bytes that cost more than their size explains end in OverBudget.

Source: Protocol Buffers documentation, "Encoding".
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from hauberk.core.asset import Content
from hauberk.core.errors import Malformed, OverBudget
from hauberk.formats.octets import LIE_BYTES, LIE_FACTOR, Untrue

VARINT, FIXED64, LEN, FIXED32 = 0, 1, 2, 5
# Bytes of what follows the tag, 0 where a varint does; groups (3, 4) no model format has.
WIRES = {VARINT: 0, FIXED64: 8, LEN: 0, FIXED32: 4}
# Fields of one file that are looked at; the graph of a model of 100,000 operators has about 3 million.
MAX_FIELDS = 8_000_000
# Messages inside messages: protobuf's own parsers stop at 100.
MAX_NESTING = 100
# Bytes of a varint: 64 bits in groups of 7.
MAX_VARINT = 10
# Bytes fetched at once; a message that fits is fetched whole.
WINDOW = 1 << 16
# Characters of names and paths: file systems end at 4,096.
MAX_TEXT = 1 << 16


class Field(NamedTuple):
    """One field: `value` is its number, or, of wire type LEN, its payload's length from `start` on."""

    number: int
    wire: int
    value: int
    start: int


class Budget:
    """How many fields may still be looked at in one file."""

    __slots__ = ("left",)

    def __init__(self, fields: int = MAX_FIELDS) -> None:
        self.left = fields


class Message:
    """A stretch of content that is one message.

    Raises Malformed where the bytes are no fields, Untrue where a length contradicts its container,
    OverBudget where the walk is too long or too deep.
    """

    __slots__ = ("_base", "_is_cut", "_window", "budget", "content", "depth", "end", "start")

    def __init__(self, content: Content, budget: Budget | None = None) -> None:
        self.content = content
        self.start = 0
        self.end = content.size
        self.depth = 0
        self.budget = budget or Budget()
        self._window = b""
        self._base = 0
        self._is_cut = False

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.end - self.start

    def inner(self, field: Field) -> Message:
        """The message that a LEN field of this one holds."""
        if field.wire != LEN:
            raise Malformed(f"field {field.number} is no message", field.start)
        if self.depth >= MAX_NESTING:
            raise OverBudget(f"messages are nested more than {MAX_NESTING} deep", field.start)
        made = Message.__new__(Message)
        made.content, made.budget, made.depth = self.content, self.budget, self.depth + 1
        made.start, made.end = field.start, field.start + field.value
        made._window, made._base, made._is_cut = self._window, self._base, self._is_cut
        return made

    def octets(self, field: Field, limit: int = MAX_TEXT) -> bytes:
        """The payload of a LEN field, of at most `limit` bytes."""
        if field.wire != LEN:
            raise Malformed(f"field {field.number} has no bytes", field.start)
        if field.value > limit:
            raise OverBudget(f"field {field.number} has {field.value} bytes, more than {limit}", field.start)
        first = field.start - self._base
        if first >= 0 and first + field.value <= len(self._window):
            return self._window[first : first + field.value]
        return self.content.read(field.start, field.value)

    def text(self, field: Field, limit: int = MAX_TEXT) -> str:
        """The payload of a string field; what is not UTF-8 is kept as surrogates."""
        return self.octets(field, limit).decode("utf-8", "surrogateescape")

    def fields(self, dull: re.Pattern[bytes] | None = None) -> Iterator[Field]:
        """Every field in order, except runs that `dull` matches: whole records that no one will look at."""
        at, end, budget = self.start, self.end, self.budget
        window, base = self._fetch(at)
        stop = min(end, base + len(window)) - base
        while at < end:
            here = at - base
            if here + 2 * MAX_VARINT > stop and base + stop < end:
                window, base = self._fetch(at)
                stop, here = min(end, base + len(window)) - base, at - base
                if stop <= here:
                    raise Malformed("ends early", at)
            budget.left -= 1
            if budget.left < 0:
                raise OverBudget(f"has more than {MAX_FIELDS} fields", at)
            if dull is not None and (run := dull.match(window, here, stop)):
                at = base + run.end()
                continue
            tag = window[here]
            if tag < 0x80:
                here += 1
            else:
                tag, here = varint(window, here, stop, base)
            wire = tag & 7
            if tag < 8 or wire not in WIRES:
                raise Malformed(f"field {tag >> 3} of wire type {wire} is none of a model's", at)
            if width := WIRES[wire]:
                value = int.from_bytes(window[here : here + width], "little")
                here += width
            else:
                value, here = varint(window, here, stop, base)
            at = start = base + here
            if wire == LEN:
                at += value
                if at > end:
                    yield from self._cut(tag >> 3, value, start)
            elif at > end:
                raise Malformed("ends inside a number", start)
            yield Field(tag >> 3, wire, value, start)

    def _fetch(self, at: int) -> tuple[bytes, int]:
        first = at - self._base
        if not (first >= 0 and at + min(self.end - at, WINDOW // 2) <= self._base + len(self._window)):
            self._window = self.content.read(at, min(WINDOW, self.end - at) if self.depth else WINDOW)
            self._base = at
        return self._window, self._base

    def _cut(self, number: int, length: int, start: int) -> Iterator[Field]:
        """What is there of a field that ends too late, so that it is looked at; then raises."""
        size = self.content.size
        was_cut, self._is_cut = self._is_cut, self.end == size and (self._is_cut or not self.depth)
        yield Field(number, LEN, self.end - start, start)
        if (self.depth and not was_cut) or (length > size * LIE_FACTOR and length > LIE_BYTES):
            raise Untrue(f"claims {length} bytes where {self.end - start} follow", start)
        raise Malformed(f"needs {length} bytes where only {self.end - start} follow", start)


def varint(window: bytes, at: int, stop: int, base: int = 0) -> tuple[int, int]:
    """The number at `at` and where it ends; its low 64 bits, as protobuf's parsers take them."""
    if at < stop and window[at] < 0x80:
        return window[at], at + 1
    value = shift = 0
    for here in range(at, min(at + MAX_VARINT, stop)):
        byte = window[here]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, here + 1
        shift += 7
    if at + MAX_VARINT > stop:
        raise Malformed("ends inside a number", base + at)
    raise Malformed(f"a number has more than {MAX_VARINT} bytes", base + at)


def signed(value: int) -> int:
    """A varint as the int32 or int64 it stands for."""
    return value - (1 << 64) if value >> 63 else value


def varints(octets: bytes) -> Iterator[int]:
    """The numbers of a packed field."""
    at = 0
    while at < len(octets):
        value, at = varint(octets, at, len(octets))
        yield value


def float32(value: int) -> float:
    """A FIXED32 field as the float it stands for."""
    found: float = struct.unpack("<f", value.to_bytes(4, "little"))[0]
    return found
