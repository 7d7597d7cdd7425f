"""The sheet: a report as rows of plain text, which every output format prints in its own way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hauberk.core.finding import Confidence, Finding, Severity
from hauberk.core.gap import Gap
from hauberk.core.report import Accepted, Examined, Report
from hauberk.core.rule import Rule
from hauberk.core.verdict import Word
from hauberk.report.about import About
from hauberk.report.plain import plain, plain_locator

SEVERITIES = tuple(sorted(Severity, reverse=True))

# What to do about a gap whose reader or rule has no better advice.
REMEDIES = {
    "malformed": "Fetch the file again from its source; if it is whole, do not load it.",
    "over-budget": "Examine it alone with a larger budget, or do not load it.",
    "unsupported": "Convert it to a format that Hauberk judges, such as safetensors.",
    "inaccessible": "Make the file readable for the scan, then scan again.",
    "bug": "Keep it away from loaders, and report this: it is a bug of Hauberk's own.",
    "unrecognised": "Say what it is, exclude its path in the settings, or remove it.",
}
OTHER_REMEDY = "Treat it as unsafe until someone has looked at it."

SENTENCES = {
    Word.PASS: "Everything was examined and nothing stops.",
    Word.STOP: "Do not load or ship what is listed under findings.",
    Word.UNKNOWN: "Nothing dangerous was found, but not everything could be examined. Unknown is not safe.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One finding, or one gap (`severity` is None): all text is plain, `raw` is the locator itself."""

    rule: str
    title: str
    severity: Severity | None
    confidence: Confidence
    raw: str
    locator: str
    offset: int | None
    line: int | None
    message: str
    subject: str
    reason: str
    why: str
    remedy: str
    source: str
    maps: tuple[str, ...]
    fingerprint: str
    stops: bool
    accepted: str = ""
    until: str = ""

    @property
    def word(self) -> str:
        """The severity's word, or `gap`."""
        return "gap" if self.severity is None else str(self.severity)

    @property
    def place(self) -> str:
        """Locator with line or offset."""
        if self.line is not None:
            return f"{self.locator}:{self.line}"
        return self.locator if self.offset is None else f"{self.locator}@{self.offset}"

    @property
    def file(self) -> str:
        """The file on disk: the locator up to the first member."""
        return self.locator.split("!", 1)[0]

    @property
    def is_member(self) -> bool:
        """Whether the place is inside a container; then `offset` counts in the member."""
        return "!" in self.locator


@dataclass(frozen=True, slots=True)
class Sheet:
    """Every row of a report, and the counts that open it."""

    findings: tuple[Row, ...]
    gaps: tuple[Row, ...]
    accepted: tuple[Row, ...]
    assets: tuple[Examined, ...]
    reasons: tuple[str, ...]
    passed_over: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Findings, gaps and what was accepted, in this order."""
        return self.findings + self.gaps + self.accepted

    @property
    def files(self) -> int:
        """How many assets are not inside another."""
        return sum("!" not in each.locator for each in self.assets)

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(each.severity is severity for each in self.findings)

    def counted(self) -> str:
        """The counts in words: `2 critical, 1 low`; empty without findings."""
        counts = [(self.count(each), str(each)) for each in SEVERITIES]
        return ", ".join(f"{count} {word}" for count, word in counts if count)

    def summary(self) -> str:
        """`examined N assets, F findings (by severity), G gaps, A accepted`, and folders passed over."""
        findings = number(len(self.findings), "finding")
        by_severity = f" ({self.counted()})" if self.findings else ""
        passed_over = f", {number(len(self.passed_over), 'folder')} passed over" if self.passed_over else ""
        return (
            f"examined {number(len(self.assets), 'asset')}, {findings}{by_severity}, "
            f"{number(len(self.gaps), 'gap')}, {len(self.accepted)} accepted{passed_over}"
        )


def number(count: int, noun: str) -> str:
    """`1 gap`, `2 gaps`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def sheet(report: Report, about: About) -> Sheet:
    """The report as plain rows, in its own order."""
    return Sheet(
        findings=tuple(_finding(each, about) for each in report.findings),
        gaps=tuple(_gap(each, about) for each in report.gaps),
        accepted=tuple(_accepted(each, about) for each in report.accepted),
        assets=report.assets,
        reasons=tuple(plain(each) for each in about.verdict.reasons),
        passed_over=tuple(plain_locator(each) for each in report.passed_over),
    )


def rules_used(told: Sheet, about: About) -> tuple[Rule, ...]:
    """The rules that the rows name and that are known, by id."""
    return tuple(about.rules[each] for each in _sorted_ids(told.rows) if each in about.rules)


def _sorted_ids(rows: Iterable[Row]) -> list[str]:
    return sorted({each.rule for each in rows if each.rule})


def _finding(finding: Finding, about: About, accepted: str = "", until: str = "") -> Row:
    rule = about.rules.get(finding.rule)
    severity = about.severity(finding)
    return Row(
        rule=plain(finding.rule),
        title=plain(rule.title) if rule else "",
        severity=severity,
        confidence=rule.confidence if rule else Confidence.HIGH,
        raw=finding.place.locator,
        locator=plain_locator(finding.place.locator),
        offset=finding.place.offset,
        line=finding.place.line,
        message=plain(finding.message),
        subject=plain(finding.subject),
        reason="",
        why=plain(rule.why) if rule else "",
        remedy=plain(rule.remediation) if rule else "",
        source=plain(rule.source) if rule else "",
        maps=rule.maps if rule else (),
        fingerprint=finding.fingerprint,
        stops=about.stops(finding) and not until and not accepted,
        accepted=accepted,
        until=until,
    )


def _gap(gap: Gap, about: About, accepted: str = "", until: str = "") -> Row:
    rule = about.rules.get(gap.rule)
    return Row(
        rule=plain(gap.rule),
        title=plain(rule.title) if rule else "",
        severity=None,
        confidence=Confidence.HIGH,
        raw=gap.place.locator,
        locator=plain_locator(gap.place.locator),
        offset=gap.place.offset,
        line=gap.place.line,
        message=plain(gap.message),
        subject="",
        reason=plain(gap.reason),
        why=plain(rule.why) if rule else "What nobody could examine, nobody can call safe.",
        remedy=plain(gap.remedy) or REMEDIES.get(gap.reason, OTHER_REMEDY),
        source=plain(rule.source) if rule else "",
        maps=rule.maps if rule else (),
        fingerprint=gap.fingerprint,
        stops=False,
        accepted=accepted,
        until=until,
    )


def _accepted(each: Accepted, about: About) -> Row:
    reason = plain(each.reason) or "no reason given"
    if isinstance(each.item, Gap):
        return _gap(each.item, about, reason, plain(each.until))
    return _finding(each.item, about, reason, plain(each.until))
