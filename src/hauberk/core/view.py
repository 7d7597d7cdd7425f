"""Views: what a format reads out of an asset, once, for all rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FlawKind(StrEnum):
    """How bytes can contradict themselves; each kind has one rule that judges it."""

    DISAGREES = "disagrees"  # two readers of the format would see different content
    LIES = "lies"  # a length, count or offset that cannot be true of these bytes
    BOMB = "bomb"  # costs a loader far more memory or time than the file's size explains
    DEEP = "deep"  # nested deeper than any honest file
    ESCAPES = "escapes"  # a path that leaves its folder: absolute, '..', a link
    HIDDEN = "hidden"  # bytes that no structure accounts for, and that could be a payload


@dataclass(frozen=True, slots=True)
class Flaw:
    """One contradiction that a reader met; `offset` in bytes, None where there is no one place."""

    kind: FlawKind
    message: str
    offset: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """What one format read. Every view names its asset and the flaws that the reader met.

    Two views are the same only if they are one: analyses remember what they found by view.
    """

    locator: str
    flaws: tuple[Flaw, ...] = ()
