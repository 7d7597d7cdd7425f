"""Statements in words: one line that a tired engineer understands.

What a statement says is a stranger's text: it is cut, and control characters are taken out where it is
drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hauberk.attest.predicates import BY_URI
from hauberk.core.statement import Json, Statement

MAX_WORDS = 200  # characters of one line
MAX_METRICS = 4  # evaluation results that a line names


def words_of(statement: Statement) -> str:
    """What the statement says."""
    known = BY_URI.get(statement.predicate_type)
    if known is None:
        return f"a statement of the type {statement.predicate_type}"[:MAX_WORDS]
    tell = _TELLERS.get(known.name)
    return (tell(statement.predicate) if tell else known.name)[:MAX_WORDS]


def refuses(statement: Statement) -> bool:
    """Whether the statement says no."""
    predicate = statement.predicate
    return (
        predicate.get("verdict") in ("stop", "unknown")
        or predicate.get("verificationResult") == "FAILED"
        or predicate.get("decision") == "reject"
        or predicate.get("isContradicted") is True
    )


def _at(predicate: Json | Mapping[str, Json], *path: str) -> str:
    found: object = predicate
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return str(found) if isinstance(found, (str, int, float)) else "?"


def _data(each: Mapping[str, Json]) -> str:
    return f"data sheet of {_at(each, 'name')}, licence {_at(each, 'licence')}"


def _provenance(each: Mapping[str, Json]) -> str:
    return f"built by {_at(each, 'runDetails', 'builder', 'id')}"


def _scan(each: Mapping[str, Json]) -> str:
    counts = each.get("findings")
    found = [f"{n} {name}" for name, n in counts.items() if n] if isinstance(counts, dict) else ["?"]
    version = _at(each, "tool", "version")
    return (
        f"scanned by {_at(each, 'tool', 'name')} {version}: {_at(each, 'verdict')}, "
        f"{', '.join(reversed(found)) or 'no findings'}, {_at(each, 'gaps')} gaps"
    )


def _bom(each: Mapping[str, Json]) -> str:
    parts = each.get("components")
    return f"bill of materials, {len(parts) if isinstance(parts, list) else 0} components"


def _lineage(each: Mapping[str, Json]) -> str:
    parents = each.get("parents")
    named = [_at(parent, "name") for parent in parents] if isinstance(parents, list) else []
    against = ", against what is declared" if each.get("isContradicted") is True else ""
    return f"weights derived from {' and '.join(named) or 'no known model'}{against}"


def _signature(each: Mapping[str, Json]) -> str:
    resources = each.get("resources")
    return f"signed, {len(resources) if isinstance(resources, list) else 0} files"


def _release(each: Mapping[str, Json]) -> str:
    until = _at(each, "expires")
    return f"released as {_at(each, 'name')} version {_at(each, 'version')}, fresh until {until}"


def _evaluation(each: Mapping[str, Json]) -> str:
    results = each.get("results")
    shown = [
        f"{_at(result, 'metric')} {_at(result, 'value')} on {_at(result, 'dataset', 'name')}"
        for result in (results if isinstance(results, list) else [])[:MAX_METRICS]
    ]
    return f"evaluated by {_at(each, 'evaluator')}: {'; '.join(shown)}"


def _approval(each: Mapping[str, Json]) -> str:
    verb = {"approve": "approves", "reject": "rejects"}.get(str(each.get("decision")), "says nothing of")
    who = f"{_at(each, 'approver')} ({_at(each, 'role')})"
    return f"{who} {verb} it for {_at(each, 'environment')}"


def _verdict(each: Mapping[str, Json]) -> str:
    policy = _at(each, "policy", "uri")
    return f"{_at(each, 'verificationResult')} the policy {policy}"


def _deployment(each: Mapping[str, Json]) -> str:
    return f"deployed to {_at(each, 'environment')} as {_at(each, 'service')}"


def _deprecation(each: Mapping[str, Json]) -> str:
    return f"deprecated by {_at(each, 'deprecatedBy')}: {_at(each, 'reason')}"


_TELLERS: dict[str, Callable[[Mapping[str, Json]], str]] = {
    "datasheet": _data,
    "provenance": _provenance,
    "scan": _scan,
    "bom": _bom,
    "lineage": _lineage,
    "signature": _signature,
    "release": _release,
    "evaluation": _evaluation,
    "approval": _approval,
    "verdict": _verdict,
    "deployment": _deployment,
    "deprecation": _deprecation,
}
