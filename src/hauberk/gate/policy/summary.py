"""Summaries: a decision as a statement about the subject, so that the next gate can rely on it.

Source: SLSA v1.1, Verification Summary Attestation (VSA).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from hauberk.core.statement import Json, Statement
from hauberk.core.verdict import Word
from hauberk.core.version import VERSION
from hauberk.gate.policy.outcome import Decision

VSA = "https://slsa.dev/verification_summary/v1"
VERIFIER = "https://hauberk.dev/gate"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a summary names beside the decision: where the policy is kept, and who verifies."""

    policy_uri: str
    resource_uri: str = ""
    verifier: str = VERIFIER


def vsa(decision: Decision, circumstances: Circumstances) -> Statement:
    """The summary: PASSED only if every demand is met. The levels are Hauberk's own, one an environment."""
    is_passed = decision.verdict.word is Word.PASS
    inputs: dict[str, Json] = {}
    for each in decision.used:
        digest = hashlib.sha256(each.statement.to_json().encode("utf-8", "surrogatepass")).hexdigest()
        inputs.setdefault(
            digest, {"uri": each.locator or each.statement.predicate_type, "digest": {"sha256": digest}}
        )
    demands: list[Json] = [
        {"demand": each.demand, "state": each.state.value, "words": each.words} for each in decision.outcomes
    ]
    predicate: dict[str, Json] = {
        "verifier": {"id": circumstances.verifier, "version": {"hauberk": VERSION}},
        "timeVerified": decision.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resourceUri": circumstances.resource_uri or decision.subject.name or str(decision.subject.digest),
        "policy": {"uri": circumstances.policy_uri, "digest": {"sha256": decision.policy}},
        "inputAttestations": list(inputs.values()),
        "verificationResult": "PASSED" if is_passed else "FAILED",
        "verifiedLevels": [f"HAUBERK_GATE_{decision.environment.upper()}"] if is_passed else ["FAILED"],
        "slsaVersion": "1.1",
        "hauberk_gate": {
            "environment": decision.environment,
            "verdict": decision.verdict.word.value,
            "demands": demands,
        },
    }
    return Statement((decision.subject,), VSA, predicate)
