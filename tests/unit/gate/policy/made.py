"""Evidence made for tests: honest statements about one digest, which a test then bends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hauberk.core.attested import Attested
from hauberk.core.digest import Digest
from hauberk.core.statement import Statement, Subject
from hauberk.gate.policy.claims import TYPES
from hauberk.gate.policy.decide import decide
from hauberk.gate.policy.evidence import Evidence
from hauberk.gate.policy.outcome import Decision, Outcome
from hauberk.gate.policy.read import read_policy

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # a Tuesday
SUBJECT = Subject("acme-chat", Digest("ab" * 32))
SCANNER, BUILDER, EVALUATOR = "1" * 64, "2" * 64, "3" * 64
ALICE, BOB, CAROL = "4" * 64, "5" * 64, "6" * 64
EXAMPLE = Path(__file__).parents[4] / "examples/policies/three-environments.yaml"


def said(kind: str, predicate: Mapping[str, Any], *signers: str, **more: Any) -> Attested:
    """A logged statement about the subject, an hour ago."""
    statement = Statement((more.pop("subject", SUBJECT),), TYPES.get(kind, kind), dict(predicate))
    proven = {"signed_at": NOW.replace(hour=11), "entry": 7, "locator": f"{kind}.json", **more}
    return Attested(statement, signers, **proven)


SCAN = {
    "tool": {"name": "hauberk", "version": "0.3.0"},
    "ruleSet": "c0ffee00c0ffee00",
    "policy": {"digest": "d" * 64},
    "scannedAt": "2026-11-24T10:00:00Z",
    "verdict": "pass",
    "findings": {"critical": 0, "high": 0, "medium": 0, "low": 1, "info": 2},
    "gaps": 0,
    "accepted": 0,
    "formats": ["safetensors", "json"],
}
PROVENANCE = {
    "buildDefinition": {"buildType": "https://example.org/train/v1", "externalParameters": {}},
    "runDetails": {"builder": {"id": "https://github.com/example/models"}},
}
BOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {"properties": [{"name": "hauberk:completeness", "value": "85"}]},
    "components": [
        {"name": "torch", "licenses": [{"license": {"id": "BSD-3-Clause"}}]},
        {"name": "glue", "licenses": [{"expression": "GPL-3.0-only OR (MIT AND Apache-2.0)"}]},
    ],
}
LINEAGE = {
    "declared": ["org/base-7b"],
    "parents": [{"name": "org/base-7b", "similarity": 0.98}, {"name": "org/far", "similarity": 0.1}],
    "isContradicted": False,
}
EVALUATION = {
    "evaluator": "bench",
    "evaluatedAt": "2026-11-24T09:00:00Z",
    "results": [
        {"metric": "accuracy", "value": 0.93, "dataset": {"name": "holdout", "digest": "e" * 64}},
        {"metric": "toxicity", "value": 0, "dataset": {"name": "red-team", "digest": "f" * 64}},
    ],
}
RELEASE = {
    "name": "acme-chat",
    "version": 7,
    "issuedAt": "2026-11-24T09:00:00Z",
    "expires": "2026-12-24T09:00:00Z",
}
DEPLOYMENT = {"environment": "staging", "service": "chat", "deployedAt": "2026-11-22T09:00:00Z"}


def approval(approver: str, **more: Any) -> dict[str, Any]:
    return {
        "approver": approver,
        "role": "security",
        "decision": "approve",
        "environment": "production",
        "reason": "looked at it",
        "approvedAt": "2026-11-24T10:30:00Z",
        **more,
    }


def honest() -> dict[str, Attested]:
    """All that production asks for in the example."""
    return {
        "scan": said("scan", SCAN, SCANNER),
        "provenance": said("provenance", PROVENANCE, BUILDER),
        "bom": said("bom", BOM, BUILDER),
        "lineage": said("lineage", LINEAGE, BUILDER),
        "signature": said("signature", {"serialization": {}, "resources": []}, BUILDER),
        "evaluation": said("evaluation", EVALUATION, EVALUATOR),
        "alice": said("approval", approval("alice"), ALICE),
        "bob": said("approval", approval("bob"), BOB),
        "release": said("release", RELEASE, BUILDER),
        "deployment": said("deployment", DEPLOYMENT, BUILDER, signed_at=NOW.replace(day=22, hour=9)),
    }


def decided(policy: str, *attested: Attested, environment: str = "production") -> Decision:
    """The decision of a policy (its environments; the roles are there) on statements."""
    text = f"version: 1\nname: test\nroles: {ROLES}\nenvironments:\n  {environment}:\n{policy}"
    return decide(read_policy(text.encode(), "p.yaml"), environment, Evidence(SUBJECT, attested, NOW))


def only(decision: Decision, demand: str = "") -> Outcome:
    """The one outcome, or the one of a demand."""
    (found,) = (each for each in decision.outcomes if not demand or each.demand == demand)
    return found


def bent(attested: Attested, **fields: Any) -> Attested:
    """The same statement with other fields of its predicate."""
    predicate = {**attested.statement.predicate, **fields}
    return replace(attested, statement=replace(attested.statement, predicate=predicate))


ROLES = (
    f"{{scanners: {{signers: ['{SCANNER}']}}, builders: {{signers: ['{BUILDER}']}}, "
    f"evaluators: {{signers: ['{EVALUATOR}']}}, "
    f"security: {{signers: ['{ALICE}', '{BOB}', '{CAROL}']}}}}"
)
