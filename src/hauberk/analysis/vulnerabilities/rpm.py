"""The order of rpm's versions: `~` before the end, `^` after it, numbers after letters.

Source: rpm documentation, "rpm-version(7)".
"""

from __future__ import annotations

import re

VERSION = re.compile(r"(?:(\d+):)?([^-\s]+)(?:-([^-\s]+))?")
SEGMENT = re.compile(r"~|\^|\d+|[A-Za-z]+")
Segment = tuple[int, int, str]
Key = tuple[int, tuple[Segment, ...], tuple[Segment, ...]]
TILDE, END, CARET = (-1, 0, ""), (0, 0, ""), (1, 0, "")


def key(version: str) -> Key:
    """What versions are sorted by. Raises ValueError for what is no version."""
    found = VERSION.fullmatch(version.strip())
    if found is None:
        raise ValueError(f"{version!r} is no version of rpm")
    return int(found[1] or 0), _segments(found[2]), _segments(found[3] or "")


def _segments(said: str) -> tuple[Segment, ...]:
    return (*(_segment(each) for each in SEGMENT.findall(said)), END)


def _segment(said: str) -> Segment:
    if said in "~^":
        return TILDE if said == "~" else CARET
    return (3, int(said), "") if said.isdecimal() else (2, 0, said)
