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

from hauberk.analysis.execution.events import NeedsAll
from hauberk.core.asset import Content

WINDOW = 4 << 20  # bytes read at once
BLOCK = 1 << 16  # bytes between two offsets at which an opcode is known to start
LONGEST = 64  # bytes of a string that the expression passes over; longer ones are stepped over
MAX_SLICE = 16  # bytes that an opcode and its length take at most
STOP, FRAME = 0x2E, 0x95
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
                rb"\x8a(?:\x01.|\x02..|\x04....|\x05.{5}|\x08.{8})",
                strings(rb"\x8c", 1),
                strings(b"X", 4),
            )
        )
        + b")++",
        re.DOTALL,
    )


def survey(content: Content, start: int) -> Iterator[Glance]:
    """Every opcode from `start` on that is not dull, up to and including STOP or the end.

    Raises NeedsAll where readers differ in what is an opcode, which the machine knows to tell.
    """
    yield from _Survey(content, start).glances()


class _Survey:
    """A window that moves over the stream, and the frame in which it stands."""

    def __init__(self, content: Content, start: int) -> None:
        self.content = content
        self.position = self.known = start
        self.frame_end = start
        self._see()

    def _see(self) -> None:
        self.first, self.data = self.position, self.content.read(self.position, WINDOW)

    def _has_more(self) -> bool:
        return self.first + len(self.data) < self.content.size

    def glances(self) -> Iterator[Glance]:
        while self.position < self.content.size:
            if self.position - self.first + BLOCK + LONGEST + MAX_SLICE > len(self.data) and self._has_more():
                self._see()
            if self.position - self.known >= BLOCK:  # opcodes that belong together stay in one block
                self.known = self.position
            if self._pass_dull():
                continue
            at = self.position
            opcode = self.data[at - self.first]
            if opcode == FRAME:
                self._enter_frame()
            elif opcode not in STRINGS:
                if opcode == STOP and at + 1 < self.frame_end:
                    raise NeedsAll
                yield Glance(self.known, at)
                if opcode == STOP or not self._pass(_behind(self.data, at - self.first, opcode)):
                    return
            elif not self._pass_string(opcode):
                yield Glance(self.known, at)
                return
            if at < self.frame_end < self.position:
                raise NeedsAll

    def _pass_dull(self) -> bool:
        # No dull opcode reaches across the end of the frame: what would is stepped over alone, and seen.
        at = self.position - self.first
        end = at + BLOCK
        if self.position < self.frame_end:
            end = min(end, self.frame_end - self.first)
        found = _dull().match(self.data, at, end)
        if found is None:
            return False
        self.position = self.first + found.end()
        return True

    def _pass(self, behind: int | None) -> bool:
        if behind is not None:
            self.position = self.first + behind
        return behind is not None

    def _numbered(self, form: str) -> int:
        width = struct.calcsize(form)
        at = self.position - self.first + 1
        if at + width > len(self.data):
            raise NeedsAll  # the content ends here: a window holds more than any opcode
        self.position += 1 + width
        return int(struct.unpack_from(form, self.data, at)[0])

    def _pass_string(self, opcode: int) -> bool:
        length = max(0, self._numbered(STRINGS[opcode]))
        self.position += length
        return self.position <= self.content.size

    def _enter_frame(self) -> None:
        at = self.position
        length = self._numbered("<Q")
        if at < self.frame_end or self.position + length > self.content.size:
            raise NeedsAll
        self.frame_end = self.position + length


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
