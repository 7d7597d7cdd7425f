"""Predicates: what can be attested of a digest, and what each claim must say.

A predicate that lacks what its type promises is refused when it is written and does not count when it
is read: half a claim is no claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from hauberk.core.errors import Malformed
from hauberk.core.finding import Severity
from hauberk.core.report import Report
from hauberk.core.rule import Rule, severity_of
from hauberk.core.statement import Json, Statement
from hauberk.core.verdict import Verdict
from hauberk.core.version import VERSION

OMS = "https://model_signing/signature/v1.0"
TIME = "a time in RFC 3339"


@dataclass(frozen=True, slots=True)
class Predicate:
    """A type of claim: its short name, its place in the chain, and the fields that it must have.

    Keys of `fields` are paths (`results[].metric` is the metric of every result); values are `text`,
    `number`, `truth`, `list`, `object`, or TIME.
    """

    name: str
    uri: str
    stage: str
    fields: Mapping[str, str]


ALL = (
    Predicate(
        "datasheet",
        "https://hauberk.dev/datasheet/v1",
        "data",
        {"name": "text", "description": "text", "licence": "text", "sources": "list"},
    ),
    Predicate(
        "provenance",
        "https://slsa.dev/provenance/v1",
        "build",
        {
            "buildDefinition.buildType": "text",
            "buildDefinition.externalParameters": "object",
            "runDetails.builder.id": "text",
        },
    ),
    Predicate(
        "scan",
        "https://hauberk.dev/scan/v1",
        "scan",
        {
            "tool.name": "text",
            "tool.version": "text",
            "ruleSet": "text",
            "policy.digest": "text",
            "scannedAt": TIME,
            "verdict": "text",
            "findings": "object",
            "gaps": "number",
        },
    ),
    Predicate("bom", "https://cyclonedx.org/bom", "bom", {"bomFormat": "text", "specVersion": "text"}),
    Predicate("spdx", "https://spdx.dev/Document/v3", "bom", {"@graph": "list"}),
    Predicate(
        "lineage",
        "https://hauberk.dev/lineage/v1",
        "lineage",
        {"declared": "list", "parents": "list", "isContradicted": "truth"},
    ),
    Predicate("signature", OMS, "signature", {"serialization": "object", "resources": "list"}),
    Predicate(
        "release",
        "https://hauberk.dev/release/v1",
        "release",
        {"name": "text", "version": "number", "issuedAt": TIME, "expires": TIME},
    ),
    Predicate(
        "snapshot",
        "https://hauberk.dev/snapshot/v1",
        "release",
        {
            "version": "number",
            "issuedAt": TIME,
            "expires": TIME,
            "releases": "list",
            "releases[].name": "text",
            "releases[].version": "number",
            "releases[].digest": "text",
        },
    ),
    Predicate(
        "evaluation",
        "https://hauberk.dev/evaluation/v1",
        "evaluation",
        {
            "evaluator": "text",
            "evaluatedAt": TIME,
            "results": "list",
            "results[].metric": "text",
            "results[].value": "number",
            "results[].dataset.name": "text",
        },
    ),
    Predicate(
        "approval",
        "https://hauberk.dev/approval/v1",
        "approval",
        {"approver": "text", "role": "text", "decision": "text", "environment": "text", "approvedAt": TIME},
    ),
    Predicate(
        "verdict",
        "https://slsa.dev/verification_summary/v1",
        "verdict",
        {"verifier.id": "text", "timeVerified": TIME, "verificationResult": "text", "policy": "object"},
    ),
    Predicate(
        "deprecation",
        "https://hauberk.dev/deprecation/v1",
        "approval",
        {"deprecatedBy": "text", "reason": "text"},
    ),
    Predicate(
        "deployment",
        "https://hauberk.dev/deployment/v1",
        "deployment",
        {"environment": "text", "service": "text", "deployedAt": TIME},
    ),
)
NAMED = {each.name: each for each in ALL}
BY_URI = {each.uri: each for each in ALL}


def checked(statement: Statement) -> Statement:
    """The statement, if its predicate says all that its type promises. Raises Malformed if not.

    Types that Hauberk does not know pass: nothing counts on what they say.
    """
    known = BY_URI.get(statement.predicate_type)
    if known is None:
        return statement
    for path, what in known.fields.items():
        for value in _values(dict(statement.predicate), path.split(".")):
            if not _fits(value, what):
                raise Malformed(f"the {known.name} statement lacks `{path}`, or it is not {what}")
    return statement


def _values(found: Json, path: list[str]) -> Iterator[Json]:
    if not path:
        yield found
        return
    name, is_each = path[0].removesuffix("[]"), path[0].endswith("[]")
    inner = found.get(name) if isinstance(found, dict) else None
    if not is_each:
        yield from _values(inner, path[1:])
        return
    for each in inner if isinstance(inner, list) else []:
        yield from _values(each, path[1:])


def _fits(value: Json, what: str) -> bool:
    if what == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if what == TIME:
        return isinstance(value, str) and read_time(value) is not None
    if what == "text":
        return isinstance(value, str) and bool(value)
    return isinstance(value, {"truth": bool, "list": list, "object": dict}[what])


def read_time(text: str) -> datetime | None:
    """The time in UTC, or None for what is no RFC 3339 time with an offset."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo and "T" in text else None
    except (ValueError, OverflowError):
        return None


def time_text(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Scanned:
    """A report, what a policy (digest in hex) made of it, when, and the rules that its findings name."""

    report: Report
    verdict: Verdict
    policy: str
    at: datetime
    rules: Mapping[str, Rule]


def scan_predicate(scanned: Scanned) -> Mapping[str, Json]:
    """What a scan found, with the digests of the rules and of the policy that judged."""
    report, verdict = scanned.report, scanned.verdict
    severities = [severity_of(each, scanned.rules) for each in report.findings]
    counts: dict[str, Json] = {str(each): severities.count(each) for each in Severity}
    formats = sorted({name for asset in report.assets for name in asset.formats})
    rules: list[Json] = [*sorted({each.rule for each in report.findings})]
    return {
        "tool": {"name": "hauberk", "version": VERSION},
        "ruleSet": report.rule_set,
        "policy": {"digest": scanned.policy},
        "scannedAt": time_text(scanned.at),
        "verdict": verdict.word.value,
        "reasons": list(verdict.reasons),
        "findings": counts,
        "rules": rules,
        "gaps": len(report.gaps),
        "accepted": len(report.accepted),
        "formats": list(formats),
        "assets": len(report.assets),
    }
