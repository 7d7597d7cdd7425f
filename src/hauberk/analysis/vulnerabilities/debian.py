"""The order of Debian's versions: `~` before the end, letters before all else.

Source: Debian Policy 4.7, 5.6.12 "Version".
"""

from __future__ import annotations

import re

VERSION = re.compile(r"(?:(\d+):)?([A-Za-z0-9.+:~-]+?)(?:-([A-Za-z0-9.+~]+))?")
PART = re.compile(r"([^\d]*)(\d*)")
Part = tuple[tuple[int, ...], int]
Key = tuple[int, tuple[Part, ...], tuple[Part, ...]]
END = 0
TILDE = -1
# Added to what is no letter, so that it comes after all letters.
PAST_LETTERS = 256


def key(version: str) -> Key:
    """What versions are sorted by. Raises ValueError for what is no version."""
    found = VERSION.fullmatch(version.strip())
    if found is None:
        raise ValueError(f"{version!r} is no version of Debian")
    return int(found[1] or 0), _parts(found[2]), _parts(found[3] or "0")


def _parts(said: str) -> tuple[Part, ...]:
    found = [(_letters(text), int(number or 0)) for text, number in PART.findall(said) if text or number]
    return (*found, ((END,), 0))


def _letters(said: str) -> tuple[int, ...]:
    return (
        *(TILDE if each == "~" else ord(each) + (0 if each.isalpha() else PAST_LETTERS) for each in said),
        END,
    )
