"""What a format is: a claim on an asset, and a reader of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

from hauberk.core.asset import Asset
from hauberk.core.gap import Gap
from hauberk.core.view import View
from hauberk.formats.companion import Companion


class Claim(IntEnum):
    """How sure a format is that an asset is its own."""

    NONE = 0
    NAME = 1  # only the name says so
    LIKELY = 2  # the content fits, but others' content could too (no magic number)
    CERTAIN = 3  # the content says so: a magic number, or a parse that cannot be chance


Reading = View | Asset | Gap | Companion


@dataclass(frozen=True, slots=True)
class Format:
    """One file format.

    `claim` looks at name, `head` and `tail` only. `read` yields views to judge, inner assets to
    examine in turn, files that hold the weights, and gaps; raises UnreadableAsset and nothing else,
    whatever the bytes.
    Every format with a CERTAIN claim reads the asset (so polyglots are read as each); without
    one, every LIKELY format does; without those, every NAME format.
    """

    name: str
    title: str
    claim: Callable[[Asset], Claim]
    read: Callable[[Asset], Iterable[Reading]]
