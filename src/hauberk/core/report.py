"""Reports: everything that one scan learned."""

from __future__ import annotations

from dataclasses import dataclass

from hauberk.core.digest import Digest
from hauberk.core.finding import Finding
from hauberk.core.gap import Gap


@dataclass(frozen=True, slots=True)
class Examined:
    """One asset that was looked at; `formats` are the names of those that read it."""

    locator: str
    size: int
    formats: tuple[str, ...] = ()
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What somebody accepted, with the reason and the last day (ISO date, or empty)."""

    item: Finding | Gap
    reason: str
    until: str


@dataclass(frozen=True, slots=True)
class Report:
    """What one scan learned, in a stable order: by locator, rule, offset.

    `passed_over` are the folders that the scan did not look into by design: version history and other
    people's code.
    """

    assets: tuple[Examined, ...] = ()
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    rule_set: str = ""
    passed_over: tuple[str, ...] = ()
