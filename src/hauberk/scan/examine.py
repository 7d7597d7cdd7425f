"""Examine one asset: recognise, read, judge, and go on with what it contains."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from hauberk.core.asset import MAX_DEPTH, Asset, Kind
from hauberk.core.errors import UnreadableAsset
from hauberk.core.finding import Finding, Place
from hauberk.core.gap import Gap, gap_of
from hauberk.core.package import Package, PackageList
from hauberk.core.report import Examined
from hauberk.core.view import View
from hauberk.formats.companion import Companion
from hauberk.formats.format import Format
from hauberk.formats.naming import named
from hauberk.formats.recognise import recognise
from hauberk.rules import rules_for

# Assets that one top-level asset may hold in all: more than any honest archive, few enough to end.
MAX_INNER = 20_000
# The reason of a gap where no format claims the bytes.
UNRECOGNISED = "unrecognised"


@dataclass(slots=True)
class Examination:
    """What came of one top-level asset, in the order in which it was met."""

    assets: list[Examined] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    companions: list[Companion] = field(default_factory=list)
    packages: list[Package] = field(default_factory=list)

    def has_gap(self, locator: str) -> bool:
        """Whether it is known already that the asset could not be examined."""
        return any(each.place.locator == locator for each in self.gaps)


def examine(asset: Asset, out: Examination | None = None) -> Examination:
    """Everything that can be said about an asset and all that it contains.

    A caller that may stop the work gives `out`, and keeps what was learned until then.
    """
    out = out or Examination()
    todo = deque([asset])
    while todo:
        if len(out.assets) >= MAX_INNER:
            out.gaps.append(Gap(Place(asset.locator), "over-budget", f"holds more than {MAX_INNER} assets"))
            break
        each = todo.popleft()
        if each.depth > MAX_DEPTH:
            out.gaps.append(Gap(Place(each.locator), "over-budget", f"nested more than {MAX_DEPTH} deep"))
            continue
        todo.extend(_examine_one(each, out))
    return out


def _examine_one(asset: Asset, out: Examination) -> list[Asset]:
    try:
        found = recognise(asset)
    except UnreadableAsset as error:  # it changed, or went away, before its first byte was read
        out.gaps.append(gap_of(asset.locator, error))
        found = ()
    out.assets.append(
        Examined(asset.locator, asset.content.size, tuple(each.name for each in found), asset.digest)
    )
    if not found and asset.kind is not Kind.FOLDER and not out.has_gap(asset.locator):
        out.gaps.append(Gap(Place(asset.locator), UNRECOGNISED, "is of no format that Hauberk knows"))
    _keep(judge(named(asset, tuple(each.name for each in found))), out)
    inner: list[Asset] = []
    for each in found:
        inner.extend(_read(each, asset, out))
    return inner


def _read(each: Format, asset: Asset, out: Examination) -> list[Asset]:
    inner: list[Asset] = []
    try:
        for reading in each.read(asset):
            if isinstance(reading, Asset):
                inner.append(reading)
            elif isinstance(reading, Gap):
                out.gaps.append(reading)
            elif isinstance(reading, Companion):
                out.companions.append(reading)
            else:
                _keep(judge(reading), out)
                if isinstance(reading, PackageList):
                    out.packages.extend(reading.present)
    except UnreadableAsset as error:
        out.gaps.append(gap_of(asset.locator, error))
    return inner


def _keep(judged: Iterable[Finding | Gap], out: Examination) -> None:
    for each in judged:
        (out.gaps if isinstance(each, Gap) else out.findings).append(each)  # type: ignore[arg-type]


def judge(view: View) -> Iterable[Finding | Gap]:
    """What every rule that takes this type of view says of it."""
    for each in rules_for(type(view)):  # type: ignore[arg-type]  # mypy takes the class for an instance
        yield from each.check(view)
