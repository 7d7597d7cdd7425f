"""The decision: a report and settings become a verdict with its reasons."""

from __future__ import annotations

from collections.abc import Mapping

from hauberk.core.finding import Finding, Severity
from hauberk.core.report import Report
from hauberk.core.rule import Rule, severity_of
from hauberk.core.verdict import Verdict, Word
from hauberk.gate.settings import Settings


def decide(report: Report, settings: Settings, rules: Mapping[str, Rule]) -> Verdict:
    """STOP if a finding reaches the severity that stops, else UNKNOWN if anything is unexamined."""
    stops = [each for each in report.findings if _stops(each, settings, rules)]
    if stops:
        return Verdict(Word.STOP, (f"{len(stops)} of {len(report.findings)} findings stop",))
    if report.gaps:
        return Verdict(Word.UNKNOWN, (f"{len(report.gaps)} could not be examined",))
    if not any(each.size for each in report.assets):
        return Verdict(Word.UNKNOWN, ("nothing was examined: there is not one byte to look at",))
    return Verdict(Word.PASS, (f"{len(report.assets)} assets examined, nothing stops",))


def _stops(finding: Finding, settings: Settings, rules: Mapping[str, Rule]) -> bool:
    return severity_of(finding, rules) >= stop_at(finding.place.locator, settings)


def stop_at(locator: str, settings: Settings) -> Severity:
    """The lowest severity that stops at a place; the last matching path settings win."""
    own = [each.stop for each in settings.paths if each.stop is not None and each.holds_for(locator)]
    return own[-1] if own else settings.stop
