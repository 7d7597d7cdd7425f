import hashlib
import json
from typing import Any

import pytest

from hauberk.attest.predicates import NAMED, checked
from hauberk.attest.statements import read_statement
from hauberk.core.statement import Json
from hauberk.gate.policy.claims import TYPES
from hauberk.gate.policy.decide import decide
from hauberk.gate.policy.evidence import Evidence
from hauberk.gate.policy.read import read_policy
from hauberk.gate.policy.summary import Circumstances, vsa
from tests.unit.gate.policy.made import EXAMPLE, NOW, SUBJECT, decided, honest, only, said

POLICY = read_policy(EXAMPLE.read_bytes(), EXAMPLE.name)


def summary(*without: str) -> dict[str, Any]:
    evidence = tuple(each for name, each in honest().items() if name not in without)
    made = vsa(decide(POLICY, "production", Evidence(SUBJECT, evidence, NOW)), Circumstances("p.yaml"))
    assert checked(read_statement(made.to_json().encode())).subjects == (SUBJECT,)
    found: dict[str, Any] = json.loads(made.to_json())["predicate"]
    return found


def test_a_summary_says_what_was_decided_by_whom_and_on_what() -> None:
    found = summary()
    assert found["verificationResult"] == "PASSED"
    assert found["verifiedLevels"] == ["HAUBERK_GATE_PRODUCTION"]
    assert found["timeVerified"] == "2026-11-24T12:00:00Z"
    assert found["verifier"]["id"]
    assert found["policy"] == {
        "uri": "p.yaml",
        "digest": {"sha256": hashlib.sha256(EXAMPLE.read_bytes()).hexdigest()},
    }
    scan = honest()["scan"].statement.to_json().encode()
    digests = [each["digest"]["sha256"] for each in found["inputAttestations"]]
    assert len(digests) == len(set(digests)) == 10
    assert hashlib.sha256(scan).hexdigest() in digests


@pytest.mark.parametrize("missing", [*honest()])
def test_a_summary_passes_only_what_passed(missing: str) -> None:
    found = summary(missing)
    assert found["verificationResult"] == "FAILED"
    assert found["verifiedLevels"] == ["FAILED"]
    assert found["hauberk_gate"]["verdict"] == "unknown"


def test_the_next_gate_can_rely_on_a_summary() -> None:
    made = vsa(
        decide(POLICY, "production", Evidence(SUBJECT, tuple(honest().values()), NOW)), Circumstances("p")
    )
    predicate: dict[str, Json] = dict(made.predicate)
    policy = "    require: [{type: verdict, by: builders, max-age: 1h}]\n"
    decision = decided(policy, said("verdict", predicate, "2" * 64, signed_at=NOW))
    assert only(decision).state == "met"


def test_the_kinds_of_claims_are_those_that_can_be_attested() -> None:
    assert {name: each.uri for name, each in NAMED.items() if name != "snapshot"} == TYPES
