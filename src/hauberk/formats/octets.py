"""Octets: content read forwards, number by number, never past its end and never all at once."""

from __future__ import annotations

import struct

from hauberk.core.asset import Content
from hauberk.core.errors import Malformed, OverBudget

# A length this far beyond the whole content is no truncation any more: it is untrue.
LIE_FACTOR = 8
LIE_BYTES = 64 << 20
# Bytes fetched at once: headers are read field by field, content may be a file.
WINDOW = 1 << 16


class Untrue(Malformed):
    """A length, count or offset that no file of this size could have meant."""


class Octets:
    """A position in content; `order` is "<" (little endian) or ">" (big endian),
    `ahead` bytes are fetched at once.

    Raises Malformed where the content ends early, and Untrue where it never could have been there.
    """

    __slots__ = ("_ahead", "_content", "_start", "_window", "at", "order", "size")

    def __init__(self, content: Content, at: int = 0, order: str = "<", ahead: int = WINDOW) -> None:
        self._content = content
        self._ahead = ahead
        self._window = b""
        self._start = 0
        self.at = at
        self.order = order
        self.size = content.size

    @property
    def left(self) -> int:
        """Bytes between here and the end; negative past it."""
        return self.size - self.at

    def take(self, length: int, limit: int = WINDOW) -> bytes:
        """The next `length` bytes, which may be at most `limit`."""
        self.expect(length)
        if length > limit:
            raise OverBudget(f"a field of {length} bytes is longer than {limit}", self.at)
        first = self.at - self._start
        if first < 0 or first + length > len(self._window):
            self._start, first = self.at, 0
            self._window = self._content.read(self.at, max(length, self._ahead))
        self.at += length
        return self._window[first : first + length]

    def skip(self, length: int) -> None:
        """Go on `length` bytes further."""
        self.expect(length)
        self.at += length

    def elements(self, count: int, width: int) -> None:
        """Go on past `count` elements of `width` bytes."""
        self.skip(count * width)

    def expect(self, length: int) -> None:
        """Say that `length` more bytes are here; Untrue, or at least Malformed, where they are not."""
        if 0 <= length <= self.left:
            return
        if length < 0 or (length > self.size * LIE_FACTOR and length > LIE_BYTES):
            raise Untrue(f"claims {length} bytes where only {self.left} follow", self.at)
        raise Malformed(f"needs {length} bytes where only {self.left} follow", self.at)

    def number(self, code: str) -> int:
        """The next integer, by its struct code: B b H h I i Q q."""
        found: int = struct.unpack(self.order + code, self.take(struct.calcsize("=" + code)))[0]
        return found

    def u8(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def u16(self) -> int:
        """The next unsigned 16-bit number."""
        return self.number("H")

    def u32(self) -> int:
        """The next unsigned 32-bit number."""
        return self.number("I")

    def u64(self) -> int:
        """The next unsigned 64-bit number."""
        return self.number("Q")
