"""GitLab: a Code Quality report for merge requests."""

from __future__ import annotations

import json
from collections import Counter

from hauberk.core.finding import Severity
from hauberk.core.report import Report
from hauberk.report.about import About
from hauberk.report.sheet import Row, sheet

# The five words of GitLab's schema, by ours. Source: GitLab docs, "Code Quality report format".
SEVERITY = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def render(report: Report, about: About) -> str:
    """One issue for every finding and gap; GitLab wants fingerprints that are unique."""
    told = sheet(report, about)
    seen: Counter[str] = Counter()
    return json.dumps([_issue(each, seen) for each in told.findings + told.gaps], indent=2) + "\n"


def _issue(row: Row, seen: Counter[str]) -> dict[str, object]:
    again = seen[row.fingerprint]
    seen[row.fingerprint] += 1
    where = f"{row.place}: " if row.is_member or row.offset is not None else ""
    return {
        "description": f"{where}{row.message}",
        "check_name": row.rule or f"gap-{row.reason}",
        "fingerprint": f"{row.fingerprint}-{again}" if again else row.fingerprint,
        "severity": "major" if row.severity is None else SEVERITY[row.severity],
        "location": {"path": row.file, "lines": {"begin": row.line or 1}},
    }
