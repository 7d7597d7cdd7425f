"""The order of semantic versions; missing numbers are 0, and a fourth is taken.

Source: Semantic Versioning 2.0.0, item 11; NuGet, "Version ordering".
"""

from __future__ import annotations

import re

VERSION = re.compile(r"[vV]?(\d+(?:\.\d+){0,3})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]*)?")
Key = tuple[tuple[int, ...], tuple[tuple[int, int, str], ...]]
# After every pre-release.
RELEASED: tuple[tuple[int, int, str], ...] = ((2, 0, ""),)


def key(version: str) -> Key:
    """What versions are sorted by. Raises ValueError for what is no version."""
    found = VERSION.fullmatch(version.strip())
    if found is None:
        raise ValueError(f"{version!r} is no semantic version")
    numbers = [int(each) for each in found[1].split(".")]
    numbers += [0] * (4 - len(numbers))
    if not found[2]:
        return tuple(numbers), RELEASED
    return tuple(numbers), tuple(_identifier(each) for each in found[2].split("."))


def _identifier(said: str) -> tuple[int, int, str]:
    return (0, int(said), "") if said.isdecimal() else (1, 0, said)
