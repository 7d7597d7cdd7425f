from typing import Any

import pytest

from hauberk.gate.policy.outcome import State
from tests.unit.gate.policy.made import (
    ALICE,
    BOB,
    BOM,
    BUILDER,
    CAROL,
    DEPLOYMENT,
    EVALUATION,
    EVALUATOR,
    LINEAGE,
    NOW,
    PROVENANCE,
    RELEASE,
    SCAN,
    SCANNER,
    approval,
    decided,
    only,
    said,
)

PROVEN = said("provenance", PROVENANCE, BUILDER)


def scanned(policy: str, demand: str, **fields: Any) -> State:
    decision = decided(f"    scan: {{{policy}}}\n", said("scan", SCAN | fields, SCANNER))
    return only(decision, demand).state


def counts(**found: int) -> dict[str, int]:
    return {"critical": 0, "high": 0, "medium": 0, "low": 0, "info": 0, **found}


@pytest.mark.parametrize(
    ("policy", "fields", "state"),
    [
        ("", {}, State.MET),
        ("", {"verdict": "stop", "findings": counts(high=1)}, State.VIOLATED),
        ("", {"verdict": "unknown", "gaps": 2}, State.MET),
        ("", {"verdict": "unknown", "gaps": 0}, State.UNKNOWN),
        ("", {"verdict": "PASS"}, State.UNKNOWN),
        ("stop: high", {"verdict": "stop", "findings": counts(medium=3)}, State.MET),
        ("stop: high", {"verdict": "stop", "findings": counts()}, State.UNKNOWN),
        ("stop: high", {"verdict": "pass", "findings": counts(critical=1)}, State.VIOLATED),
        ("stop: high", {"verdict": "pass", "findings": {"critical": 0}}, State.UNKNOWN),
        ("stop: high", {"verdict": "pass", "findings": counts(high=-1)}, State.UNKNOWN),
        ("stop: high", {"verdict": "unknown", "gaps": 0}, State.UNKNOWN),
    ],
)
def test_the_findings_of_a_scan(policy: str, fields: dict[str, Any], state: State) -> None:
    assert scanned(policy, "scan", **fields) is state


@pytest.mark.parametrize(
    ("policy", "demand", "fields", "state"),
    [
        ("gaps: 2", "scan gaps", {"gaps": 2}, State.MET),
        ("gaps: 2", "scan gaps", {"gaps": 3}, State.UNKNOWN),
        ("accepted: 0", "scan accepted", {"accepted": 1}, State.VIOLATED),
        ("accepted: 0", "scan accepted", {"accepted": None}, State.UNKNOWN),
        ("tool-at-least: '0.3'", "scan tool", {}, State.MET),
        ("tool-at-least: 0.10.0", "scan tool", {}, State.UNKNOWN),
        ("tool-at-least: 0.3.0", "scan tool", {"tool": {"version": "0.3.0rc1"}}, State.UNKNOWN),
        ("formats-allowed: [safetensors, json]", "scan formats", {}, State.MET),
        ("formats-allowed: [safetensors]", "scan formats", {}, State.VIOLATED),
        ("formats-denied: ['PICKLE*']", "scan formats", {"formats": ["pickle-5"]}, State.VIOLATED),
        ("formats-denied: [pickle]", "scan formats", {"formats": []}, State.UNKNOWN),
    ],
)
def test_the_rest_of_a_scan(policy: str, demand: str, fields: dict[str, Any], state: State) -> None:
    assert scanned(policy, demand, **fields) is state


def test_an_old_or_unknown_rule_set_is_unknown() -> None:
    known = "rule-sets: [{digest: c0ffee00c0ffee00, since: 2026-11-01T00:00:00Z}]"
    assert scanned(known, "scan rules") is State.MET
    assert scanned(f"{known}, rule-set-max-age: 30d", "scan rules") is State.MET
    assert scanned(f"{known}, rule-set-max-age: 2w", "scan rules") is State.UNKNOWN
    assert scanned(known, "scan rules", ruleSet="deadbeefdeadbeef") is State.UNKNOWN


def bom(policy: str, demand: str, **fields: Any) -> State:
    decision = decided(f"    bom: {{{policy}}}\n", said("bom", BOM | fields, BUILDER))
    return only(decision, demand).state


def test_completeness_is_said_once_and_within_bounds() -> None:
    def said_to_be(*values: str) -> State:
        listed = [{"name": "hauberk:completeness", "value": each} for each in values]
        return bom("completeness: 80", "bom completeness", metadata={"properties": listed})

    assert said_to_be("80") is State.MET
    assert said_to_be("79.9") is State.VIOLATED
    for each in ((), ("80", "10"), ("101",), ("-1",), ("nan",), ("inf",), ("all",), ("1" * 400,)):
        assert said_to_be(*each) is State.UNKNOWN, each


@pytest.mark.parametrize(
    ("component", "state"),
    [
        ({"licenses": [{"license": {"id": "MIT"}}]}, State.MET),
        ({"licenses": [{"expression": "GPL-3.0-only OR MIT"}]}, State.MET),
        ({"licenses": [{"license": {"id": "MIT"}}, {"license": {"id": "GPL-3.0-only"}}]}, State.VIOLATED),
        ({"licenses": [{"license": {"name": "GNU GPL"}}]}, State.UNKNOWN),
        ({"licenses": [{"expression": "MIT OR"}]}, State.UNKNOWN),
        ({"licenses": [{"expression": "NOASSERTION"}]}, State.UNKNOWN),
        ({"licenses": [{}]}, State.UNKNOWN),
        ({"licenses": "MIT"}, State.UNKNOWN),
        ({"licenses": []}, State.UNKNOWN),
        ({}, State.UNKNOWN),
        ({"components": [{"licenses": [{"license": {"id": "GPL-3.0-only"}}]}]}, State.VIOLATED),
        ({"components": "none"}, State.UNKNOWN),
        ("torch", State.UNKNOWN),
    ],
)
def test_the_licences_of_components(component: Any, state: State) -> None:
    assert bom("licences-allowed: [MIT]", "bom licences", components=[component]) is state


def test_the_licence_of_the_main_component_counts_too() -> None:
    main = {"component": {"name": "m", "licenses": [{"license": {"id": "GPL-3.0-only"}}]}}
    free = [{"licenses": [{"license": {"id": "MIT"}}]}]
    assert bom("licences-allowed: [MIT]", "bom licences", metadata=main, components=free) is State.VIOLATED


def test_unlicensed_components_pass_only_where_the_policy_says_so() -> None:
    policy = "licences-allowed: [MIT], unlicensed: true"
    assert bom(policy, "bom licences", components=[{"name": "own"}]) is State.MET


def lineage(policy: str, **fields: Any) -> State:
    return only(decided(f"    lineage: {{{policy}}}\n", said("lineage", LINEAGE | fields, BUILDER))).state


def test_every_base_must_be_allowed() -> None:
    assert lineage("bases: [org/base-7b], similarity: 0.5") is State.MET
    assert lineage("bases: [org/base-7b]") is State.VIOLATED
    assert lineage("bases: ['org/*']") is State.MET
    assert lineage("bases: ['org/*']", declared=["other/one"]) is State.VIOLATED
    assert lineage("", isContradicted=True) is State.VIOLATED
    assert lineage("", parents=[]) is State.UNKNOWN
    assert lineage("from-scratch: true", parents=[], declared=[]) is State.MET
    assert lineage("", parents=[{"name": "a", "similarity": "1"}]) is State.UNKNOWN


def evaluated(bounds: str, *values: Any, dataset: str = "holdout") -> State:
    results = [{"metric": "f1", "value": each, "dataset": {"name": dataset}} for each in values]
    policy = f"    evaluation: [{{metric: f1, dataset: holdout, {bounds}}}]\n"
    return only(decided(policy, said("evaluation", EVALUATION | {"results": results}, EVALUATOR))).state


def test_each_measured_value_must_be_in_bounds() -> None:
    assert evaluated("at-least: 0.9", 0.9) is State.MET
    assert evaluated("at-least: 0.9", 0.95, 0.89) is State.VIOLATED
    assert evaluated("at-least: 0.1, at-most: 0.2", 0.3) is State.VIOLATED
    assert evaluated("at-least: 0.9", 0.95, dataset="train") is State.UNKNOWN
    for value in ("0.95", None, True, float("nan"), float("inf"), [], 2**70):
        assert evaluated("at-least: 0.9", value) is State.UNKNOWN, value


def test_a_data_set_can_be_asked_for_by_digest() -> None:
    policy = "    evaluation: [{metric: accuracy, dataset: holdout, at-least: 0.9, dataset-digest: %s}]\n"
    evidence = said("evaluation", EVALUATION, EVALUATOR)
    assert only(decided(policy % ("sha256:" + "e" * 64), evidence)).state is State.MET
    assert only(decided(policy % ("a" * 64), evidence)).state is State.UNKNOWN


def approved(policy: str, *said_by: tuple[dict[str, Any], str], proven: bool = True) -> State:
    evidence = [said("approval", words, signer) for words, signer in said_by]
    policy = f"    approvals: [{{by: security, {policy}}}]\n"
    return only(decided(policy, *evidence, *([PROVEN] if proven else []))).state


def test_approvals_are_counted_by_person() -> None:
    alice, bob = (approval("alice"), ALICE), (approval("bob"), BOB)
    assert approved("count: 2", alice, bob) is State.MET
    assert approved("count: 2", alice) is State.UNKNOWN
    assert approved("count: 2", alice, (approval("alice", reason="again"), ALICE)) is State.UNKNOWN
    assert approved("count: 2", alice, (approval("Alice "), BOB)) is State.UNKNOWN  # one person, two keys
    assert approved("count: 1", (approval("alice"), SCANNER)) is State.UNKNOWN
    assert approved("count: 1", (approval("alice", environment="staging"), ALICE)) is State.UNKNOWN
    assert approved("count: 1", (approval("alice", role="product"), ALICE)) is State.UNKNOWN
    assert approved("count: 1", (approval(""), ALICE)) is State.UNKNOWN


def test_a_rejection_stops_until_the_same_person_approves() -> None:
    early, late = "2026-11-24T08:00:00Z", "2026-11-24T10:59:00Z"
    yes, no = approval("bob", approvedAt=late), approval("bob", decision="reject", approvedAt=early)
    alice = (approval("alice"), ALICE)
    assert approved("count: 1", alice, (no, BOB)) is State.VIOLATED
    assert approved("count: 1", alice, (no, BOB), (yes, BOB)) is State.MET
    assert approved("count: 1", alice, (no | {"approvedAt": late}, BOB), (yes, BOB)) is State.VIOLATED
    assert approved("count: 1", alice, (no | {"role": "product"}, BOB)) is State.VIOLATED
    assert approved("count: 1", alice, (no | {"environment": "Production"}, BOB)) is State.VIOLATED
    assert approved("count: 1", alice, (no, SCANNER)) is State.MET  # no member of the role


def test_a_rejection_holds_whatever_its_age_and_clock() -> None:
    old = approval("bob", decision="reject", approvedAt="2026-01-01T08:00:00Z")
    future = approval("bob", decision="reject", approvedAt="2026-11-24T13:00:00Z")
    unread = approval("bob", decision="reject", approvedAt="now")
    alice = (approval("alice"), ALICE)
    assert approved("count: 1, max-age: 7d, logged: true", alice, (old, BOB)) is State.VIOLATED
    assert approved("count: 1", alice, (future, BOB)) is State.UNKNOWN
    assert approved("count: 1", alice, (unread, BOB)) is State.UNKNOWN
    assert approved("count: 1", alice, (unread, SCANNER)) is State.MET


def test_a_scan_that_stops_is_not_dropped_for_its_clock() -> None:
    stop = SCAN | {"verdict": "stop", "scannedAt": "2026-11-24T13:00:00Z"}
    policy = "    scan: {by: scanners}\n    require: [{type: scan, by: scanners}]\n"
    for late in (stop, stop | {"scannedAt": "?"}):
        decision = decided(policy, said("scan", SCAN, SCANNER), said("scan", late, SCANNER))
        assert {each.state for each in decision.outcomes} == {State.UNKNOWN}
        assert "says no, and does not count" in decision.outcomes[0].words


def test_who_built_it_does_not_approve_it() -> None:
    policy = "    approvals: [{by: security, count: 1}]\n"
    carol_built = said("provenance", PROVENANCE, CAROL)
    by_carol, by_bob = said("approval", approval("carol"), CAROL), said("approval", approval("bob"), BOB)
    alone = only(decided(policy, carol_built, by_carol))
    assert alone.state is State.UNKNOWN
    assert "built it themselves" in alone.words
    assert only(decided(policy, carol_built, by_carol, by_bob)).state is State.MET
    named = PROVENANCE | {"runDetails": {"builder": {"id": "Bob"}}}
    assert only(decided(policy, said("provenance", named, BUILDER), by_bob)).state is State.UNKNOWN


def test_four_eyes_need_to_know_who_built_it() -> None:
    alice = (approval("alice"), ALICE)
    assert approved("count: 1", alice, proven=False) is State.UNKNOWN
    assert approved("count: 1, four-eyes: false", alice, proven=False) is State.MET


def released(policy: str, **fields: Any) -> State:
    return only(decided(f"    release: {{{policy}}}\n", said("release", RELEASE | fields, BUILDER))).state


def test_a_release_is_fresh_and_is_what_was_asked_for() -> None:
    assert released("names: [acme-chat], version-at-least: 7") is State.MET
    assert released("version-at-least: 8") is State.VIOLATED
    assert released("names: [other]") is State.VIOLATED
    assert released("", expires="2026-11-24T11:59:00Z") is State.UNKNOWN
    assert released("", expires=None) is State.UNKNOWN
    assert released("", version="7") is State.UNKNOWN


@pytest.mark.parametrize(
    ("policy", "state"),
    [
        ("days: [tuesday]", State.MET),
        ("days: [friday]", State.VIOLATED),
        ("hours: 12:00-12:01", State.MET),
        ("hours: 08:00-12:00", State.VIOLATED),
        ("hours: 22:00-13:00", State.MET),
        ("hours: 22:00-04:00", State.VIOLATED),
        ("freezes: [{since: 2026-11-24T00:00:00Z, until: 2026-11-25T00:00:00Z, reason: x}]", State.VIOLATED),
        ("freezes: [{since: 2026-11-24T00:00:00Z, until: 2026-11-24T12:00:00Z, reason: x}]", State.MET),
        ("after: {environment: staging, at-least: 2d}", State.MET),
        ("after: {environment: staging, at-least: 3d}", State.UNKNOWN),
        ("after: {environment: canary, at-least: 1h}", State.UNKNOWN),
        ("after: {environment: staging, at-least: 1h, by: builders}", State.MET),
        ("after: {environment: staging, at-least: 1h, by: security}", State.UNKNOWN),
    ],
)
def test_when_and_after_what_it_may_be_deployed(policy: str, state: State) -> None:
    evidence = said("deployment", DEPLOYMENT, BUILDER, signed_at=NOW.replace(day=22))
    assert only(decided(f"    deployment: {{{policy}}}\n", evidence)).state is state


def test_who_built_it_and_how() -> None:
    found = decided("    provenance: {builders: ['https://github.com/*'], build-types: ['*/v1']}\n", PROVEN)
    assert [each.state for each in found.outcomes] == [State.MET, State.MET]
    found = decided("    provenance: {builders: ['https://gitlab.com/*'], build-types: ['*/v2']}\n", PROVEN)
    assert [each.state for each in found.outcomes] == [State.VIOLATED, State.VIOLATED]
