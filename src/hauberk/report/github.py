"""GitHub: workflow commands that annotate a pull request."""

from __future__ import annotations

from hauberk.core.finding import Severity
from hauberk.core.report import Report
from hauberk.report.about import About
from hauberk.report.sheet import Row, sheet


def render(report: Report, about: About) -> str:
    """A command for every finding and gap, worst first (ten of each level are shown), and a summary."""
    told = sheet(report, about)
    worst_first = sorted(told.findings, key=lambda row: -(row.severity or Severity.INFO))
    lines = [_command(each) for each in (*worst_first, *told.gaps)]
    lines.append(f"{told.summary()}; verdict {about.verdict.word}")
    return "\n".join(lines) + "\n"


def _command(row: Row) -> str:
    title = f"{row.rule} {row.word}".strip() if row.severity is not None else f"not examined: {row.reason}"
    # Plain text of ours, and line breaks of ours between its parts; GitHub shows %0A as one.
    told = "\n".join(part for part in (f"{row.place}: {row.message}", row.why, row.remedy) if part)
    named = f"file={_property(row.file)},line={row.line or 1},title={_property(title)}"
    return f"::{_level(row)} {named}::{_text(told)}"


def _level(row: Row) -> str:
    if row.severity is None:
        return "warning"
    return "error" if row.stops else "notice" if row.severity < Severity.MEDIUM else "warning"


def _text(text: str) -> str:
    """Escaped as the runner unescapes. Source: actions/toolkit, packages/core/src/command.ts."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
