"""A survey of a long pickle: runs of dull opcodes are passed over by one regular expression.

Dull opcodes push constants, fill containers and keep the memo; they import, call and build nothing.
What is left is looked at by the machine.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from hauberk.core.asset import Content

WINDOW = 4 << 20  # bytes read at once
BLOCK = 1 << 16  # bytes between two offsets at which an opcode is known to start
LONGEST = 64  # bytes of a string that the expression passes over; longer ones are stepped over
MAX_SLICE = 16  # bytes that an opcode and its length take at most
STOP = 0x2E
STRINGS = {0x58: "<I", 0x8C: "<B", 0x8D: "<Q", 0x43: "<B", 0x42: "<I", 0x8E: "<Q", 0x55: "<B", 0x54: "<i",
           0x96: "<Q"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Glance:
    """Where the machine must look: an opcode that does something, and a known opcode start before it."""

    start: int
    offset: int


@cache
def _dull() -> re.Pattern[bytes]:
    def strings(code: bytes, width: int) -> bytes:
        lengths = (re.escape(bytes([n]) + bytes(width - 1)) + b"." * n for n in range(LONGEST + 1))
        return code + b"(?:" + b"|".join(lengths) + b")"

    return re.compile(
        b"(?:"
        + b"|".join(
            (
                rb"[]})(Nltedusa0\x85-\x89\x8f-\x91\x94]",
                rb"[Khq].",
                rb"M..",
                rb"[Jj]....",
                rb"r...\x00",
                rb"G.{8}",
                rb"\x95.{8}",
                rb"\x8a(?:\x01.|\x02..|\x04....|\x05.{5}|\x08.{8})",
                strings(rb"\x8c", 1),
                strings(b"X", 4),
            )
        )
        + b")++",
        re.DOTALL,
    )


def survey(content: Content, start: int) -> Iterator[Glance]:
    """Every opcode from `start` on that is not dull, up to and including STOP or the end."""
    pattern = _dull()
    position = start
    base, data = start, content.read(start, WINDOW)
    known = start
    while position < content.size:
        at = position - base
        if at + BLOCK + LONGEST + MAX_SLICE > len(data) and base + len(data) < content.size:
            base, data, at = position, content.read(position, WINDOW), 0
        if position - known >= BLOCK:  # opcodes that belong together stay in one block
            known = position
        found = pattern.match(data, at, at + BLOCK)
        if found is not None:
            position = base + found.end()
            at = position - base
            if at >= len(data):
                continue
        opcode = data[at]
        if opcode in STRINGS:
            form = STRINGS[opcode]
            width = struct.calcsize(form)
            if at + 1 + width > len(data):
                if base + len(data) >= content.size:
                    return
                base, data = position, content.read(position, WINDOW)
                continue
            (length,) = struct.unpack_from(form, data, at + 1)
            position += 1 + width + max(0, length)
            if not length <= content.size - position + length:
                yield Glance(known, base + at)
                return
            continue
        if found is not None and _is_dull(data, at):
            continue
        yield Glance(known, position)
        if opcode == STOP:
            return
        after = _behind(data, at, opcode)
        if after is None:
            return
        position = base + after


def _is_dull(data: bytes, at: int) -> bool:
    """Whether the expression stopped only because its block ended."""
    return _dull().match(data, at, at + LONGEST + MAX_SLICE) is not None


def _behind(data: bytes, at: int, opcode: int) -> int | None:
    """Where the next opcode starts; None if only the machine can say."""
    width = _WIDTHS.get(opcode)
    if width is not None:
        return at + 1 + width
    lines = _LINES.get(opcode)
    if lines is None:
        return None
    for _ in range(lines):
        end = data.find(b"\n", at)
        if end < 0:
            return None
        at = end + 1
    return at


# Opcodes that are looked at, or too rare for the expression, and the bytes that follow them.
_WIDTHS = {
    **dict.fromkeys(b"Rob\x81\x92\x93Q\x97\x981" b"2", 0),
    0x80: 1, 0x82: 1, 0x83: 2, 0x84: 4, 0x72: 4,
}  # fmt: skip
_LINES = {0x63: 2, 0x69: 2, 0x50: 1, 0x49: 1, 0x4C: 1, 0x46: 1, 0x53: 1, 0x56: 1, 0x67: 1, 0x70: 1}
