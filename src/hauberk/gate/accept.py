"""Acceptances and baselines: what is set aside, and stays counted."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from hauberk.core.finding import Finding
from hauberk.core.gap import Gap
from hauberk.core.report import Accepted, Report
from hauberk.gate.settings import Acceptance, Settings


def set_aside(report: Report, settings: Settings, today: datetime.date) -> Report:
    """The report without disabled rules, and with what is accepted today moved to `accepted`.

    An acceptance holds up to and including its last day.
    """
    report = replace(
        report, findings=tuple(each for each in report.findings if not _is_disabled(each, settings))
    )
    digests = {each.locator: str(each.digest) for each in report.assets if each.digest}
    valid = [each for each in settings.accept if each.until >= today]

    def accept(each: Finding | Gap) -> Accepted | None:
        found = next((item for item in valid if _covers(item, each, digests)), None)
        return Accepted(each, found.reason, found.until.isoformat()) if found else None

    return _move(report, accept)


def against_baseline(report: Report, fingerprints: Iterable[str]) -> Report:
    """The report with everything that an earlier report already said moved to `accepted`."""
    known = frozenset(fingerprints)

    def accept(each: Finding | Gap) -> Accepted | None:
        return Accepted(each, "in the baseline", "") if each.fingerprint in known else None

    return _move(report, accept)


def _move(report: Report, accept: Callable[[Finding | Gap], Accepted | None]) -> Report:
    items: tuple[Finding | Gap, ...] = (*report.findings, *report.gaps)
    moved = [(each, accept(each)) for each in items]
    return replace(
        report,
        findings=tuple(each for each, by in moved if by is None and isinstance(each, Finding)),
        gaps=tuple(each for each, by in moved if by is None and isinstance(each, Gap)),
        accepted=report.accepted + tuple(by for _, by in moved if by is not None),
    )


def _covers(item: Acceptance, each: Finding | Gap, digests: Mapping[str, str]) -> bool:
    if item.fingerprint:
        return item.fingerprint == each.fingerprint and item.rule in ("", each.rule)
    file = each.place.locator.split("!", 1)[0]
    return item.rule == each.rule and item.digest in (
        digests.get(each.place.locator),
        digests.get(file),
    )


def _is_disabled(each: Finding, settings: Settings) -> bool:
    return each.rule in settings.disable or any(
        each.rule in path.disable and path.holds_for(each.place.locator) for path in settings.paths
    )
