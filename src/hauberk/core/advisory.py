"""Advisories: what somebody published about versions of packages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hauberk.core.finding import Severity


class Bound(StrEnum):
    """What happens at a version. Source: OSV schema 1.7, `affected[].ranges[].events`."""

    INTRODUCED = "introduced"
    FIXED = "fixed"
    LAST_AFFECTED = "last_affected"


@dataclass(frozen=True, slots=True)
class Event:
    """One end of a range; the version "0" comes before all others."""

    bound: Bound
    version: str


@dataclass(frozen=True, slots=True)
class Affected:
    """Versions of one package that an advisory speaks of: those listed, and those in a range."""

    ecosystem: str
    name: str
    versions: tuple[str, ...] = ()
    ranges: tuple[tuple[Event, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Advisory:
    """One record. `modified` and `withdrawn` are RFC 3339 times; `score` is CVSS 3 (0..10), or None."""

    id: str
    modified: str
    summary: str = ""
    aliases: tuple[str, ...] = ()
    severity: Severity | None = None
    score: float | None = None
    withdrawn: str = ""
    affected: tuple[Affected, ...] = ()

    @property
    def is_malware(self) -> bool:
        """Whether the package itself is the attack. Source: OSV schema, prefix of OpenSSF's records."""
        return self.id.startswith("MAL-")

    @property
    def cves(self) -> tuple[str, ...]:
        """Its names in the CVE list."""
        return tuple(each for each in (self.id, *self.aliases) if each.startswith("CVE-"))


@dataclass(frozen=True, slots=True)
class Exploited:
    """A CVE: the day since when it is known to be exploited, or empty; how probably (0..1) it will be."""

    cve: str
    since: str = ""
    probability: float | None = None
