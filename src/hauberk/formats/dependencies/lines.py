"""On which line of a text something stands: found in one pass, however much is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# A key of JSON or TOML at the start of a line, and any quoted text on one line.
KEY = re.compile(r"^[ \t]*[\"']?([^\s\"'=:{}\[\]][^\"'=\n]*?)[\"']?[ \t]*[=:]", re.MULTILINE)
QUOTED = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")


class Lines:
    """The first line of each key and of each quoted text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._keys: dict[str, int] | None = None
        self._quoted: dict[str, int] | None = None

    def key(self, name: str) -> int | None:
        """The line on which a key stands first."""
        if self._keys is None:
            self._keys = _first(self._text, ((each[1], each.start(1)) for each in KEY.finditer(self._text)))
        return self._keys.get(name)

    def quoted(self, value: str) -> int | None:
        """The line on which a quoted text stands first."""
        if self._quoted is None:
            found = QUOTED.finditer(self._text)
            self._quoted = _first(self._text, ((each[1] or each[2] or "", each.start()) for each in found))
        return self._quoted.get(value)


def _first(text: str, found: Iterable[tuple[str, int]]) -> dict[str, int]:
    lines: dict[str, int] = {}
    line, at = 1, 0
    for name, offset in found:
        line += text.count("\n", at, offset)
        at = offset
        lines.setdefault(name, line)
    return lines


def line_numbers(text: str, offsets: Sequence[int]) -> list[int]:
    """The 1-based lines of rising offsets."""
    found: list[int] = []
    line, at = 1, 0
    for offset in offsets:
        line += text.count("\n", at, offset)
        at = offset
        found.append(line)
    return found
