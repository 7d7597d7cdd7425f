"""FlatBuffers, read table by table: offsets are followed only where they stay inside, each at a bounded cost.

Source: FlatBuffers documentation, "FlatBuffer Internals".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from hauberk.core.asset import Content
from hauberk.core.errors import Malformed, OverBudget
from hauberk.formats.octets import Untrue

# Tables and strings of one file that are looked at; graphs of 100,000 operators have about a million.
MAX_READS = 12_000_000
# Fields of a table; the largest schemas have some dozen.
MAX_FIELDS = 512
# Bytes fetched at once.
WINDOW = 1 << 16
# Characters of names.
MAX_TEXT = 1 << 16


class Buffer:
    """A FlatBuffer's bytes, and how many reads they may still cost.

    Raises Malformed where an offset leaves the file, OverBudget where there are too many tables.
    """

    __slots__ = ("_base", "_window", "content", "left", "size")

    def __init__(self, content: Content) -> None:
        self.content = content
        self.size = content.size
        self.left = MAX_READS
        self._window = b""
        self._base = 0

    def take(self, at: int, length: int) -> bytes:
        """`length` bytes at `at`."""
        self.left -= 1
        if self.left < 0:
            raise OverBudget(f"has more than {MAX_READS} tables, vectors and numbers", at)
        if at < 0 or length < 0 or at + length > self.size:
            raise Malformed(f"an offset leads to {at}, and {length} bytes are not there", at)
        first = at - self._base
        if first < 0 or first + length > len(self._window):
            if length > WINDOW:
                return self.content.read(at, length)
            # Vtables stand before and after their tables: the window reaches both ways.
            self._base = max(0, min(at - WINDOW // 4, self.size - WINDOW))
            if at + length > self._base + WINDOW:
                self._base = at
            self._window = self.content.read(self._base, WINDOW)
            first = at - self._base
        return self._window[first : first + length]

    def number(self, at: int, code: str) -> int:
        """The little-endian number at `at`, by its struct code."""
        found: int = struct.unpack("<" + code, self.take(at, struct.calcsize("<" + code)))[0]
        return found

    def root(self) -> Table:
        """The root table."""
        return Table(self, self.number(0, "I"))


class Table:
    """One table: fields by their index in the schema."""

    __slots__ = ("_fields", "at", "buffer")

    def __init__(self, buffer: Buffer, at: int) -> None:
        self.buffer = buffer
        self.at = at
        vtable = at - buffer.number(at, "i")
        length = buffer.number(vtable, "H")
        if length < 4 or length % 2 or length > 4 + 2 * MAX_FIELDS:
            raise Malformed(f"a vtable of {length} bytes", vtable)
        self._fields = struct.unpack(f"<{length // 2}H", buffer.take(vtable, length))[2:]

    def place(self, index: int) -> int:
        """Where the field stands; 0 if the table has none."""
        offset = self._fields[index] if index < len(self._fields) else 0
        return self.at + offset if offset else 0

    def number(self, index: int, code: str, default: int = 0) -> int:
        """A scalar field."""
        at = self.place(index)
        return self.buffer.number(at, code) if at else default

    def table(self, index: int) -> Table | None:
        """A table field."""
        at = self.place(index)
        return Table(self.buffer, at + self.buffer.number(at, "I")) if at else None

    def text(self, index: int) -> str:
        """A string field, "" if there is none; what is not UTF-8 is kept as surrogates."""
        return self.octets(index, MAX_TEXT).decode("utf-8", "surrogateescape")

    def octets(self, index: int, limit: int) -> bytes:
        """A vector of bytes, of at most `limit`."""
        start, length = self.vector(index)
        if length > limit:
            raise OverBudget(f"a vector has {length} bytes, more than {limit}", start)
        return self.buffer.take(start, length) if length else b""

    def vector(self, index: int, width: int = 1) -> tuple[int, int]:
        """Where a vector's elements of `width` bytes start, and how many; Untrue if they cannot be."""
        at = self.place(index)
        if not at:
            return 0, 0
        start = at + self.buffer.number(at, "I")
        count = self.buffer.number(start, "I")
        if start + 4 + count * width > self.buffer.size:
            said = f"a vector claims {count * width} bytes where {self.buffer.size - start - 4} follow"
            raise (Untrue if count * width > 8 * self.buffer.size else Malformed)(said, start)
        return start + 4, count

    def tables(self, index: int) -> Iterator[Table]:
        """The tables of a vector field."""
        start, count = self.vector(index, 4)
        for each in range(start, start + 4 * count, 4):
            yield Table(self.buffer, each + self.buffer.number(each, "I"))
