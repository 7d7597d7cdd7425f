"""Concise: one line each, `path@offset: MDL001 critical message`, for grep and editors."""

from __future__ import annotations

from hauberk.core.report import Report
from hauberk.report.about import About
from hauberk.report.sheet import Row, sheet


def render(report: Report, about: About) -> str:
    """A line for every finding and gap, and the summary last."""
    told = sheet(report, about)
    lines = [_line(each) for each in told.findings + told.gaps]
    lines.append(f"{told.summary()}; verdict {about.verdict.word}")
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    if row.severity is None:
        rule = f"{row.rule} " if row.rule else ""
        return f"{row.place}: {rule}gap {row.reason}: {row.message}"
    return f"{row.place}: {row.rule} {row.severity} {row.message}"
