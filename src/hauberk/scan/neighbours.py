"""What files say of each other: bare numbers are known where a model accounts for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hauberk.core.gap import Gap
from hauberk.core.report import Examined
from hauberk.formats.companion import Companion
from hauberk.scan.examine import UNRECOGNISED, Examination

# What the report calls a file that only its model can read. No format claims it: that is a condition.
NAMED_WEIGHTS = "weights-of-a-model"


def told_by_neighbours(outcomes: Sequence[Examination]) -> None:
    """Take back the gaps of files that no format knows, and of which a model accounts for every byte."""
    named: dict[str, list[Companion]] = {}
    for out in outcomes:
        for each in out.companions:
            named.setdefault(each.locator, []).append(each)
    if named:
        for out in outcomes:
            _told(out, named)


def _told(out: Examination, named: dict[str, list[Companion]]) -> None:
    known = {
        each.locator
        for each in out.assets
        if any(one.accounts_for(each.size) for one in named.get(each.locator, ()))
    }
    if not known:
        return
    taken_back = {each.place.locator for each in out.gaps if _is_of(each, known)}
    out.gaps = [each for each in out.gaps if not _is_of(each, known)]
    out.assets = [_named(each) if each.locator in taken_back else each for each in out.assets]


def _is_of(gap: Gap, known: set[str]) -> bool:
    return gap.reason == UNRECOGNISED and gap.place.locator in known


def _named(asset: Examined) -> Examined:
    return replace(asset, formats=(NAMED_WEIGHTS,))
