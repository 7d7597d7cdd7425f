"""Names that could be taken for a popular package's: one slip of the keyboard away, and not popular itself.

The lists hold the names that are downloaded most, and, below an empty line, honest names close to those.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LISTS = {"PyPI": "popular_pypi.txt", "npm": "popular_npm.txt"}
# Characters: shorter names are close to each other by chance, and longer ones are nobody's.
SHORTEST, LONGEST = 5, 80
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"


@dataclass(frozen=True, slots=True)
class _Names:
    popular: frozenset[str]
    honest: frozenset[str]
    squashed: dict[str, str]


def resembled(ecosystem: str, name: str) -> str:
    """The popular package that the name could be taken for; empty for one that is known, or far from all."""
    names = _names(ecosystem)
    if names is None or not SHORTEST <= len(name) <= LONGEST or name in names.popular or name in names.honest:
        return ""
    parted = names.squashed.get(name.replace("-", ""))
    return parted or next((each for each in _slips(name) if each in names.popular), "")


def _slips(name: str) -> Iterator[str]:
    """Every name one insertion, deletion, replacement or swap away: Damerau 1964."""
    for at in range(len(name) + 1):
        before, after = name[:at], name[at:]
        yield from (before + each + after for each in LETTERS)
        if after:
            yield before + after[1:]
            yield from (before + each + after[1:] for each in LETTERS)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


@cache
def _names(ecosystem: str) -> _Names | None:
    if ecosystem not in LISTS:
        return None
    text = Path(__file__).with_name(LISTS[ecosystem]).read_text("ascii")
    popular, _, honest = text.partition("\n\n")
    listed = popular.split()
    return _Names(
        frozenset(listed), frozenset(honest.split()), {each.replace("-", ""): each for each in listed}
    )
