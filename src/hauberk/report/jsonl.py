"""JSON lines: `hauberk.report/1` a line at a time, for streams and log stores.

The first line has `type` scan, then come asset, finding, gap, accepted and passed_over,
and summary last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from hauberk.core.report import Report
from hauberk.report.about import About
from hauberk.report.json import Entry, asset_entry, row_entry, scan_entry, summary_entry
from hauberk.report.sheet import sheet


def render(report: Report, about: About) -> str:
    """One JSON document a line."""
    return "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in _lines(report, about))


def _lines(report: Report, about: About) -> Iterator[Entry]:
    told = sheet(report, about)
    yield {"type": "scan", **scan_entry(about, report.rule_set)}
    for asset in told.assets:
        yield {"type": "asset", **asset_entry(asset)}
    for kind, rows in (("finding", told.findings), ("gap", told.gaps), ("accepted", told.accepted)):
        for row in rows:
            yield {"type": kind, **row_entry(row)}
    for folder in told.passed_over:
        yield {"type": "passed_over", "locator": folder}
    yield {"type": "summary", **summary_entry(told)}
