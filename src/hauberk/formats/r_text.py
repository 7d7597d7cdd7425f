"""R's text serialisation, offered as if it were binary: one token for each number or string.

Source: R's `src/main/serialize.c`, `OutInteger`, `OutString` and `InWord`.
"""

from __future__ import annotations

import re

from hauberk.core.errors import Malformed, OverBudget
from hauberk.formats.octets import Octets

# Bytes of text that are taken apart in memory; text is R's format for small objects.
MAX_TEXT = 32 << 20
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)")


class TextOctets(Octets):
    """The same questions as of binary octets; offsets and what is left count tokens."""

    __slots__ = ("_tokens",)

    def __init__(self, octets: Octets) -> None:
        super().__init__(octets._content)
        if octets.size > MAX_TEXT:
            raise OverBudget(f"R text of {octets.size} bytes is longer than {MAX_TEXT}")
        self._tokens = octets._content.read(octets.at, octets.left).split()
        self.at, self.size = 0, len(self._tokens)

    def _next(self) -> bytes:
        if self.at >= self.size:
            raise Malformed("the text ends early", self.at)
        self.at += 1
        return self._tokens[self.at - 1]

    def number(self, code: str) -> int:
        """The next integer; NA is R's smallest."""
        token = self._next()
        try:
            value = -(1 << 31) if token == b"NA" else int(token[:20])
        except ValueError:
            raise Malformed(f"{token[:20]!r} is no integer", self.at) from None
        return value & 0xFFFFFFFF if code == "I" else value

    def take(self, length: int, limit: int = 0) -> bytes:
        """The next string, without its escapes."""
        return _ESCAPE.sub(_plain, self._next()) if length else b""

    def skip(self, length: int) -> None:
        """Pass over as many numbers as 4 bytes each would make."""
        self.elements(max(1, length // 4), 4)

    def elements(self, count: int, width: int) -> None:
        """Pass over the tokens of a vector; a complex number is two."""
        self.at += count * (2 if width == 16 else 1)
        if self.at > self.size:
            raise Malformed("the text ends early", self.size)

    def expect(self, length: int) -> None:
        """Say nothing: what is missing shows when it is read."""


def _plain(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 8) & 255]) if found[1].isdigit() else found[1]
