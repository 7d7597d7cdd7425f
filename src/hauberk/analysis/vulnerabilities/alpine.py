"""The order of Alpine's versions.

Source: apk-tools, `version.c` and apk-package(5), "PACKAGE VERSION".
"""

from __future__ import annotations

import re

VERSION = re.compile(
    r"(?P<numbers>\d+(?:\.\d+)*)(?P<letter>[a-z])?"
    r"(?P<suffixes>(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)(?:~[0-9a-f]+)?(?:-r(?P<revision>\d+))?"
)
SUFFIX = re.compile(r"_([a-z]+)(\d*)")
BEFORE = ("alpha", "beta", "pre", "rc")
AFTER = ("cvs", "svn", "git", "hg", "p")
# What comes after a common start, from the lowest: a pre-release, nothing, and what adds to it.
PRE, END, REVISION, NUMBER, POST, LETTER, DIGITS = range(7)
Key = tuple[tuple[int, int], ...]


def key(version: str) -> Key:
    """What versions are sorted by. Raises ValueError for what is no version."""
    found = VERSION.fullmatch(version.strip())
    if found is None:
        raise ValueError(f"{version!r} is no version of Alpine")
    first, *others = found["numbers"].split(".")
    made = [(DIGITS, int(first))]
    for each in others:
        rest = each.lstrip("0")
        if rest != each:  # zeros in front make a fraction: 1.02 comes before 1.1
            made.append((DIGITS, len(rest) - len(each)))
        if rest:
            made.append((DIGITS, int(rest)))
    if found["letter"]:
        made.append((LETTER, ord(found["letter"])))
    for name, number in SUFFIX.findall(found["suffixes"]):
        made.append((PRE, BEFORE.index(name)) if name in BEFORE else (POST, AFTER.index(name)))
        if number:
            made.append((NUMBER, int(number)))
    if found["revision"]:
        made.append((REVISION, int(found["revision"])))
    return (*made, (END, 0))
