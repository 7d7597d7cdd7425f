"""JSON: everything, by the schema `hauberk.report/1` (docs/report-json.md)."""

from __future__ import annotations

import json

from hauberk.core.report import Examined, Report
from hauberk.core.rule import Rule
from hauberk.report.about import About
from hauberk.report.plain import plain, plain_locator
from hauberk.report.sheet import SEVERITIES, Row, Sheet, rules_used, sheet

SCHEMA = "hauberk.report/1"

Entry = dict[str, object]


def render(report: Report, about: About) -> str:
    """The whole report as one document, keys in a fixed order."""
    told = sheet(report, about)
    document = {
        **scan_entry(about, report.rule_set),
        "summary": summary_entry(told),
        "findings": [row_entry(each) for each in told.findings],
        "gaps": [row_entry(each) for each in told.gaps],
        "accepted": [row_entry(each) for each in told.accepted],
        "passed_over": list(told.passed_over),
        "assets": [asset_entry(each) for each in told.assets],
        "rules": [rule_entry(each) for each in rules_used(told, about)],
    }
    return json.dumps(document, indent=2) + "\n"


def scan_entry(about: About, rule_set: str) -> Entry:
    """What opens the document: schema, tool, targets, verdict."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "hauberk", "version": about.version},
        "rule_set": rule_set,
        "targets": [plain_locator(each) for each in about.targets],
        "verdict": str(about.verdict.word),
        "exit_code": about.verdict.exit_code,
        "reasons": [plain(each) for each in about.verdict.reasons],
        "stop": str(about.stop),
        "seconds": about.seconds,
        "at": about.at or None,
    }


def summary_entry(told: Sheet) -> Entry:
    """The counts."""
    return {
        "assets": len(told.assets),
        "findings": len(told.findings),
        "gaps": len(told.gaps),
        "accepted": len(told.accepted),
        "passed_over": len(told.passed_over),
        "by_severity": {str(each): told.count(each) for each in SEVERITIES},
    }


def row_entry(row: Row) -> Entry:
    """One finding, gap or accepted item; `kind` says which of the first two it is."""
    entry: Entry = {
        "kind": "gap" if row.severity is None else "finding",
        "rule": row.rule or None,
        "locator": row.locator,
        "offset": row.offset,
        "line": row.line,
        "message": row.message,
        "fingerprint": row.fingerprint,
        "remedy": row.remedy,
    }
    if row.severity is None:
        entry["reason"] = row.reason
    else:
        entry |= {
            "severity": str(row.severity),
            "confidence": str(row.confidence),
            "subject": row.subject,
            "stops": row.stops,
        }
    if row.accepted:
        entry["accepted"] = {"reason": row.accepted, "until": row.until or None}
    return entry


def asset_entry(asset: Examined) -> Entry:
    """One asset that was looked at."""
    return {
        "locator": plain_locator(asset.locator),
        "size": asset.size,
        "formats": list(asset.formats),
        "digest": str(asset.digest) if asset.digest else None,
    }


def rule_entry(rule: Rule) -> Entry:
    """What a rule says of itself."""
    return {
        "id": rule.id,
        "name": rule.slug,
        "title": rule.title,
        "severity": str(rule.severity),
        "confidence": str(rule.confidence),
        "why": rule.why,
        "remediation": rule.remediation,
        "source": rule.source,
        "maps": list(rule.maps),
    }
