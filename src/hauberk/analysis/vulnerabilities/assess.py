"""What is known of a package: affected, not affected, or unknown and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from hauberk.analysis.vulnerabilities.match import Judged, judged
from hauberk.core.advisory import Advisory, Exploited
from hauberk.core.assessment import AssessedPackage, Standing, Vulnerability
from hauberk.core.finding import Severity
from hauberk.core.package import Package
from hauberk.formats.vex import Excuse

# Which record stands for all that are about one vulnerability: malware first, then who writes best.
PREFERENCE = ("MAL-", "GHSA-", "PYSEC-", "RUSTSEC-", "GO-", "CVE-")
CVE = "CVE-"


def is_own(package: Package) -> bool:
    """Whether it is the project's own folder, and no advisory can speak of it."""
    return package.origin.startswith(("./", "../", "/", "file:"))


def lookups(package: Package) -> tuple[tuple[str, str], ...]:
    """Under which names (ecosystem, name) advisories speak of it: its own, and what it was built from."""
    names = dict.fromkeys((package.source or package.name, package.name))
    return tuple((package.ecosystem, each) for each in names)


def assessed(
    package: Package,
    advisories: Sequence[Advisory],
    covered: Collection[str],
    excuses: Sequence[Excuse] = (),
) -> AssessedPackage:
    """Where the package stands by these advisories; `covered` are the ecosystems that any are known of."""
    reason = _unknown(package, covered)
    if reason:
        return AssessedPackage(
            locator=package.locator, package=package, standing=Standing.UNKNOWN, reason=reason
        )
    hits: list[tuple[Advisory, Judged]] = []
    for each in advisories:
        version = package.version
        if package.source_version and all(one.name == package.source for one in each.affected):
            version = package.source_version
        found = judged(package.ecosystem, version, each.affected)
        if found.standing is Standing.UNKNOWN:
            reason = f"{each.id}: {found.reason}"
        elif found.standing is Standing.AFFECTED:
            hits.append((each, found))
    merged = tuple(_merged(package, hits, excuses))
    is_affected = any(not each.excuse for each in merged)
    standing = Standing.AFFECTED if is_affected else Standing.UNKNOWN if reason else Standing.NOT_AFFECTED
    return AssessedPackage(
        locator=package.locator, package=package, standing=standing, reason=reason, vulnerabilities=merged
    )


def _unknown(package: Package, covered: Collection[str]) -> str:
    """Why nothing can be said of the package at all; empty where something can."""
    if not package.ecosystem or package.ecosystem not in covered:
        return f"no advisories about {package.ecosystem or 'its kind'} were imported"
    return "" if package.version else "its version is not known"


def _merged(
    package: Package, hits: Sequence[tuple[Advisory, Judged]], excuses: Sequence[Excuse]
) -> Iterator[Vulnerability]:
    """One vulnerability for all records that name each other."""
    groups: list[tuple[set[str], list[tuple[Advisory, Judged]]]] = []
    for hit in hits:
        names = {hit[0].id, *hit[0].aliases}
        members = [hit]
        for group in [each for each in groups if each[0] & names]:
            groups.remove(group)
            names |= group[0]
            members = [*group[1], *members]
        groups.append((names, members))
    for names, members in groups:
        chosen, _ = min(members, key=lambda each: (_rank(each[0].id), each[0].id))
        told = max((each.severity for each, _ in members if each.severity is not None), default=None)
        fixed = next((each.fixed for _, each in members if each.fixed), "")
        known = frozenset(names)
        excuse = next((each for each in excuses if each.covers(package, known)), None)
        said = f"{excuse.reason} ({excuse.author})" if excuse else ""
        yield Vulnerability(_graded(chosen, told), known, fixed, said)


def _graded(advisory: Advisory, severity: Severity | None) -> Advisory:
    return advisory if advisory.severity is not None else replace(advisory, severity=severity)


def _rank(id: str) -> int:
    return next((rank for rank, start in enumerate(PREFERENCE) if id.startswith(start)), len(PREFERENCE))


def cves(found: Iterable[AssessedPackage]) -> frozenset[str]:
    """Every CVE that affects any of them."""
    return frozenset(
        name for each in found for one in each.vulnerabilities for name in one.names if name[:4] == CVE
    )


def with_exploits(found: AssessedPackage, exploits: Mapping[str, Exploited]) -> AssessedPackage:
    """The same, with what is known of exploits of its vulnerabilities."""
    told: list[Vulnerability] = []
    for each in found.vulnerabilities:
        known = [exploits[name] for name in sorted(each.names) if name in exploits]
        probability = max((one.probability for one in known if one.probability is not None), default=None)
        since = min((one.since for one in known if one.since), default="")
        told.append(replace(each, exploited=since, probability=probability))
    return replace(found, vulnerabilities=tuple(told))
