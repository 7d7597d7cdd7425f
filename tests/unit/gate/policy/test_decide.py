from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from hauberk.core.attested import Attested
from hauberk.core.digest import Digest
from hauberk.core.errors import BadSettings
from hauberk.core.statement import Subject
from hauberk.core.verdict import Word
from hauberk.gate.policy.decide import decide
from hauberk.gate.policy.evidence import Evidence
from hauberk.gate.policy.outcome import Decision, State
from hauberk.gate.policy.read import read_policy
from tests.unit.gate.policy.made import (
    ALICE,
    BUILDER,
    EXAMPLE,
    NOW,
    SCAN,
    SCANNER,
    SUBJECT,
    bent,
    decided,
    honest,
    only,
    said,
)

POLICY = read_policy(EXAMPLE.read_bytes(), EXAMPLE.name)
SCAN_ONLY = "    scan: {by: scanners, max-age: 30d}\n"


def production(evidence: dict[str, Attested], **more: object) -> Decision:
    return decide(POLICY, "production", Evidence(SUBJECT, tuple(evidence.values()), NOW, **more))  # type: ignore[arg-type]


def test_honest_evidence_passes() -> None:
    decision = production(honest())
    assert decision.verdict.word is Word.PASS, decision.verdict.reasons
    assert len(decision.outcomes) == 18


def test_no_evidence_is_never_a_pass() -> None:
    assert production({}).verdict.word is Word.UNKNOWN


@pytest.mark.parametrize("missing", [*honest()])
def test_each_missing_statement_is_missed(missing: str) -> None:
    evidence = honest()
    del evidence[missing]
    decision = production(evidence)
    assert decision.verdict.word is Word.UNKNOWN
    assert all("." in reason and len(reason) > 40 for reason in decision.verdict.reasons)


@pytest.mark.parametrize("which", [*honest()])
def test_a_statement_about_another_digest_does_not_count(which: str) -> None:
    evidence = honest()
    other = replace(evidence[which].statement, subjects=(Subject("acme-chat", Digest("cd" * 32)),))
    evidence[which] = replace(evidence[which], statement=other)
    decision = production(evidence)
    assert decision.verdict.word is Word.UNKNOWN
    assert any("about another digest" in each or "built it" in each for each in decision.verdict.reasons)


@pytest.mark.parametrize("which", [*honest()])
def test_a_statement_of_somebody_else_does_not_count(which: str) -> None:
    evidence = honest()
    evidence[which] = replace(evidence[which], signers=("9" * 64,))
    decision = production(evidence)
    assert decision.verdict.word is Word.UNKNOWN
    assert any("not in the role" in each for each in decision.verdict.reasons)


@pytest.mark.parametrize("which", [*honest()])
def test_a_statement_of_nobody_does_not_count(which: str) -> None:
    evidence = honest()
    evidence[which] = replace(evidence[which], signers=())
    assert production(evidence).verdict.word is Word.UNKNOWN


@pytest.mark.parametrize("which", [*honest()])
def test_a_statement_from_the_future_does_not_count(which: str) -> None:
    evidence = honest()
    late = NOW + timedelta(minutes=6)
    evidence[which] = replace(evidence[which], signed_at=late)
    decision = production(evidence)
    assert decision.verdict.word is Word.UNKNOWN
    assert any("from the future" in each for each in decision.verdict.reasons)


def test_clocks_may_differ_by_five_minutes() -> None:
    soon = (NOW + timedelta(minutes=4)).isoformat()
    late = (NOW + timedelta(minutes=6)).isoformat()
    assert (
        decided(SCAN_ONLY, said("scan", SCAN | {"scannedAt": soon}, SCANNER, signed_at=None)).verdict.word
        == "pass"
    )
    found = decided(SCAN_ONLY, said("scan", SCAN | {"scannedAt": late}, SCANNER, signed_at=None))
    assert found.verdict.word is Word.UNKNOWN
    assert "clocks may differ by 5 minutes" in found.verdict.reasons[0]


def test_age_is_that_of_the_older_time() -> None:
    """Signing an old scan anew makes it no newer."""
    old = said("scan", SCAN | {"scannedAt": "2026-10-01T00:00:00Z"}, SCANNER)
    decision = decided(SCAN_ONLY, old)
    assert decision.verdict.word is Word.UNKNOWN
    assert "too old: of 2026-10-01 00:00 UTC, and 30 days are allowed" in decision.verdict.reasons[0]


def test_a_statement_that_was_logged_before_its_own_time_does_not_count() -> None:
    early = said("scan", SCAN, SCANNER, signed_at=NOW - timedelta(days=3))
    assert "was logged before" in decided(SCAN_ONLY, early).verdict.reasons[0]


@pytest.mark.parametrize("time", ["yesterday", "2026-11-24", "2026-11-24T10:00:00", 5, [], "9" * 99])
def test_a_time_that_cannot_be_read_does_not_count(time: object) -> None:
    decision = decided(SCAN_ONLY, said("scan", SCAN | {"scannedAt": time}, SCANNER))
    assert "cannot be read" in decision.verdict.reasons[0]


def test_expired_statements_do_not_count() -> None:
    scan = said("scan", SCAN | {"expires": NOW.isoformat()}, SCANNER)
    assert "expired on 2026-11-24" in decided(SCAN_ONLY, scan).verdict.reasons[0]
    scan = said("scan", SCAN | {"expires": "soon"}, SCANNER)
    assert "cannot be read" in decided(SCAN_ONLY, scan).verdict.reasons[0]


def test_a_newer_no_wins_over_an_older_yes_and_the_other_way_round() -> None:
    policy = "    scan: {by: scanners}\n"
    stop = SCAN | {"verdict": "stop", "findings": SCAN["findings"] | {"high": 1}}  # type: ignore[operator]
    before, after = {"scannedAt": "2026-11-20T00:00:00Z"}, {"scannedAt": "2026-11-23T00:00:00Z"}
    first = decided(policy, said("scan", SCAN | before, SCANNER), said("scan", stop | after, SCANNER))
    second = decided(policy, said("scan", stop | before, SCANNER), said("scan", SCAN | after, SCANNER))
    same = decided(policy, said("scan", SCAN | after, SCANNER), said("scan", stop | after, SCANNER))
    assert (first.verdict.word, second.verdict.word, same.verdict.word) == ("stop", "pass", "stop")


def test_an_untrusted_no_does_not_stop() -> None:
    stop = SCAN | {"verdict": "stop", "scannedAt": "2026-11-24T11:00:00Z"}
    decision = decided(SCAN_ONLY, said("scan", SCAN, SCANNER), said("scan", stop, ALICE))
    assert decision.verdict.word is Word.PASS


def test_k_of_a_role_must_sign_the_same_claim() -> None:
    policy = "    require: [{type: datasheet, by: security, threshold: 2}]\n"
    sheet, other = {"name": "a"}, {"name": "b"}
    apart = decided(policy, said("datasheet", sheet, ALICE), said("datasheet", other, "5" * 64))
    assert "signed by 1 of the 2" in apart.verdict.reasons[0]
    twice = decided(policy, said("datasheet", sheet, ALICE), said("datasheet", sheet, ALICE))
    assert twice.verdict.word is Word.UNKNOWN
    together = decided(policy, said("datasheet", sheet, ALICE), said("datasheet", sheet, "5" * 64))
    assert together.verdict.word is Word.PASS
    at_once = decided(policy, said("datasheet", sheet, ALICE, "5" * 64))
    assert at_once.verdict.word is Word.PASS


def test_the_same_claim_twice_is_one() -> None:
    policy = "    require: [{type: datasheet, count: 2}]\n"
    sheet = said("datasheet", {"name": "a"}, ALICE)
    assert decided(policy, sheet, sheet).verdict.word is Word.UNKNOWN
    assert decided(policy, sheet, said("datasheet", {"name": "b"}, ALICE)).verdict.word is Word.PASS


def test_a_required_claim_that_says_no_stops() -> None:
    policy = "    require: [{type: verdict}]\n"
    assert decided(policy, said("verdict", {"verificationResult": "PASSED"}, ALICE)).verdict.word == "pass"
    assert decided(policy, said("verdict", {"verificationResult": "FAILED"}, ALICE)).verdict.word == "stop"
    assert decided(policy, said("verdict", {}, ALICE)).verdict.word == "stop"


def test_logged_demands_an_entry() -> None:
    policy = "    scan: {logged: true}\n"
    for bare in ({"signed_at": None}, {"entry": None}):
        decision = decided(policy, said("scan", SCAN, SCANNER, **bare))
        assert "no transparency log proves" in decision.verdict.reasons[0]


def test_the_sentence_names_signer_time_and_entry() -> None:
    words = only(decided(SCAN_ONLY, said("scan", SCAN, SCANNER)), "scan").words
    assert "signed by key 111111111111, 2026-11-24 10:00 UTC, log entry 7" in words


def test_hostile_texts_stay_on_one_line() -> None:
    identity = "eve\n\x1b[2J" + "x" * 999
    words = decided(SCAN_ONLY, said("scan", SCAN, identity)).verdict.reasons[0]
    assert words.isprintable()
    assert len(words) < 500


def test_an_unknown_environment_is_named_with_the_nearest() -> None:
    with pytest.raises(BadSettings, match="did you mean 'production'"):
        decide(POLICY, "prodution", Evidence(SUBJECT, (), NOW))
    with pytest.raises(BadSettings, match="offset"):
        decide(POLICY, "production", Evidence(SUBJECT, (), NOW.replace(tzinfo=None)))


def test_the_time_zone_of_now_changes_nothing() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    there = decide(POLICY, "production", Evidence(SUBJECT, tuple(honest().values()), east))
    assert there.outcomes == production(honest()).outcomes


def test_the_same_evidence_gives_the_same_decision_in_any_order() -> None:
    evidence = tuple(honest().values())
    forth, back = (
        decide(POLICY, "production", Evidence(SUBJECT, each, NOW)) for each in (evidence, evidence[::-1])
    )
    assert [each.state for each in forth.outcomes] == [each.state for each in back.outcomes]


def test_more_evidence_of_strangers_never_changes_the_verdict() -> None:
    evidence = honest()
    for name, each in honest().items():
        evidence[f"{name} of a stranger"] = replace(each, signers=("9" * 64,))
    assert production(evidence).verdict.word is Word.PASS


def test_a_met_demand_lists_what_it_rests_on() -> None:
    decision = production(honest())
    assert len(decision.used) == 10
    assert all(each.claims or "deployment" in each.demand for each in decision.outcomes)
    assert {each.state for each in decision.outcomes} == {State.MET}


def test_a_bent_field_is_never_a_pass() -> None:
    """Every field that a demand reads, taken away or turned into something else."""
    for name, field in (
        ("scan", "verdict"),
        ("scan", "findings"),
        ("scan", "gaps"),
        ("scan", "formats"),
        ("provenance", "runDetails"),
        ("bom", "bomFormat"),
        ("bom", "metadata"),
        ("bom", "components"),
        ("lineage", "declared"),
        ("lineage", "parents"),
        ("lineage", "isContradicted"),
        ("evaluation", "results"),
        ("alice", "environment"),
        ("alice", "approver"),
        ("alice", "decision"),
        ("release", "name"),
        ("release", "version"),
        ("release", "expires"),
        ("deployment", "environment"),
    ):
        for value in (None, [], {}, "", "?", -1, True, [None], [[]], {"a": 1}, 2**70, float("nan")):
            if (field, value) in (("declared", []), ("approver", "?"), ("version", 2**70)):
                continue  # an allowed base measured and none declared; values like any other
            decision = production(honest() | {name: bent(honest()[name], **{field: value})})
            assert decision.verdict.word is not Word.PASS, (name, field, value)


def test_builder_is_a_signer_of_provenance() -> None:
    assert honest()["provenance"].signers == (BUILDER,)
