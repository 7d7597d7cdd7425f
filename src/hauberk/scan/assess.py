"""Which of the packages that a scan met are vulnerable, by the advisories in a store."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hauberk.analysis.vulnerabilities.assess import assessed, cves, is_own, lookups, with_exploits
from hauberk.core.assessment import AssessedPackage, Standing
from hauberk.core.finding import Finding, Place
from hauberk.core.gap import Gap
from hauberk.core.package import Package
from hauberk.scan.examine import judge

if TYPE_CHECKING:
    from hauberk.formats.vex import Excuse
    from hauberk.store.advisories import Advisories, Source

# Days: advisories are published every day, and an older database does not know the newest.
MAX_AGE = 7
# Packages that a gap names; the rest is counted.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Assessed:
    """What advisories say of packages; `day` is that of the latest record of the oldest source."""

    packages: tuple[AssessedPackage, ...]
    sources: tuple[Source, ...]
    day: str

    def age(self, today: datetime.date) -> int | None:
        """Days since the oldest source's latest record; None where nothing was imported."""
        return (today - datetime.date.fromisoformat(self.day)).days if self.day else None


def assess(packages: Iterable[Package], advisories: Advisories, excuses: Sequence[Excuse] = ()) -> Assessed:
    """Where each package stands; the same package in two files is judged once for each."""
    wanted = list(dict.fromkeys(each for each in packages if not is_own(each)))
    known = advisories.about({name for each in wanted for name in lookups(each)})
    covered = advisories.covered(each.ecosystem for each in wanted)
    found = [
        assessed(each, [one for name in lookups(each) for one in known.get(name, ())], covered, excuses)
        for each in wanted
    ]
    exploits = advisories.exploits(cves(found))
    sources = advisories.sources()
    days = [each.newest[:10] for each in sources if each.newest]
    return Assessed(
        tuple(with_exploits(each, exploits) if each.vulnerabilities else each for each in found),
        tuple(sources),
        min(days, default=""),
    )


def findings_of(found: Assessed) -> list[Finding]:
    """What the rules say of the packages."""
    return [one for each in found.packages for one in judge(each) if isinstance(one, Finding)]


def gaps_of(found: Assessed, today: datetime.date, max_age: int = MAX_AGE) -> list[Gap]:
    """What nobody could judge: packages without advisories or version, and advisories that are too old."""
    gaps: list[Gap] = []
    unknown: dict[tuple[str, str], list[AssessedPackage]] = {}
    for each in found.packages:
        if each.standing is Standing.UNKNOWN:
            unknown.setdefault((each.package.locator, each.reason), []).append(each)
    for (locator, reason), members in unknown.items():
        names = ", ".join(f"{each.package.name} {each.package.version}".strip() for each in members[:NAMED])
        rest = f" and {len(members) - NAMED} more" if len(members) > NAMED else ""
        place = Place(locator, line=members[0].package.line)
        message = f"vulnerabilities of {names}{rest} are unknown: {reason}"
        gaps.append(Gap(place, "unknown", message, "pin versions, import advisories", "DEP011"))
    age = found.age(today)
    if found.packages and age is not None and age > max_age:
        message = f"the advisories are {age} days old (of {found.day}); {max_age} are allowed"
        gaps.append(Gap(Place("advisories"), "stale", message, "import newer ones", "DEP011"))
    return gaps


def standing_counts(found: Assessed) -> dict[Standing, int]:
    """How many packages stand where."""
    return {each: sum(one.standing is each for one in found.packages) for each in Standing}
