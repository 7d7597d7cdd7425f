import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hauberk.cli.attest import command as attest
from hauberk.cli.gate import command as gate
from hauberk.cli.keygen import command as keygen
from hauberk.cli.trust import command as trust
from hauberk.core.errors import BadSettings, MissingPath, UsageError

Run = Callable[..., int]
POLICY = """
version: 1
roles: {ci: {signers: ["KEY"]}, people: {signers: ["KEY"]}}
environments:
  development: {scan: {by: ci, max-age: 1d}}
  production:
    extends: development
    approvals: [{by: people, four-eyes: false}]
    conditions: [{name: small, cel: "scan.assets < 10"}]
"""


@pytest.fixture
def decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A model that was scanned by a key that is trusted, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    Path("model").mkdir()
    Path("model/config.json").write_text('{"a": 1}')
    for name in ("root", "ci", "else"):
        keygen.main([name], standalone_mode=False)
    Path("trust.toml").write_text(
        'version = 1\nexpires = 2999-01-01T00:00:00Z\n[keys]\nroot = "root.pub"\nci = "ci.pub"\n'
        '[roles]\nroot = { keys = ["root"] }\n'
    )
    trust.main(["sign", "trust.toml", "-k", "root"], standalone_mode=False)
    Path("p.yaml").write_text(POLICY.replace("KEY", _key_id("ci.pub")))
    attest.main(["model", "-t", "scan", "-k", "ci"], standalone_mode=False)

    def run(environment: str, *more: str, subject: str = "model") -> int:
        shared = ["--environment", environment, "-e", "evidence", "-t", "trust.json", *more]
        code = gate.main(["p.yaml", subject, *shared], standalone_mode=False)
        assert isinstance(code, int)
        return code

    return run


def _key_id(path: str) -> str:
    from hauberk.attest.keys import read_public_key

    return read_public_key(Path(path).read_bytes()).id


def approve(key: str, decision: str = "approve") -> None:
    fields = {"approver": key, "role": "people", "decision": decision, "environment": "production"}
    named = [word for name, value in fields.items() for word in ("--set", f"{name}={value}")]
    attest.main(["model", "-t", "approval", "-k", key, *named], standalone_mode=False)


def test_the_three_exit_codes(decide: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert decide("development") == 0
    assert decide("production") == 3
    approve("else")
    assert decide("production") == 3  # nobody trusts that key
    approve("ci")
    assert decide("production") == 0
    capsys.readouterr()
    approve("ci", "reject")
    assert decide("production") == 1
    shown = capsys.readouterr().out
    assert "VIOLATED" in shown
    assert "does not count: evidence/approval-" in shown
    assert shown.endswith("stop: 3 of 4 demands met\n")


def test_a_digest_is_a_subject_too_and_a_changed_model_is_another(decide: Run) -> None:
    scan = json.loads(next(Path("evidence").glob("scan-*")).read_text())
    assert scan
    from hauberk.cli.custody import subjects_of

    assert decide("development", subject=str(subjects_of("model")[0].digest)) == 0
    Path("model/config.json").write_text('{"a": 2}')
    assert decide("development") == 3


def test_the_decision_as_json(decide: Run, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    decide("production", "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "unknown"
    assert [each["state"] for each in found["demands"]] == ["met", "met", "unknown", "met"]
    assert found["demands"][0]["evidence"][0].startswith("evidence/scan-")


def test_a_signed_summary_is_evidence_for_the_next_gate(decide: Run) -> None:
    assert decide("development", "-o", "evidence/vsa.json", "-k", "ci") == 0
    key = _key_id("ci.pub")
    Path("p.yaml").write_text(
        f"version: 1\nroles: {{ci: {{signers: ['{key}']}}}}\n"
        "environments: {next: {require: [{type: verdict, by: ci, max-age: 1h}]}}\n"
    )
    assert decide("next") == 0


def test_a_bare_summary_is_a_statement(decide: Run) -> None:
    from hauberk.attest.statements import read_statement

    decide("production", "-o", "vsa.json")
    made = read_statement(Path("vsa.json").read_bytes())
    assert made.predicate["verificationResult"] == "FAILED"


def test_what_makes_no_sense_is_said(decide: Run) -> None:
    with pytest.raises(BadSettings, match="did you mean 'production'"):
        decide("prodution")
    with pytest.raises(MissingPath):
        decide("production", subject="nowhere")
    with pytest.raises(UsageError, match="--output"):
        decide("production", "-k", "ci")
    with pytest.raises(UsageError, match="--trust"):
        gate.main(["p.yaml", "model"], standalone_mode=False)
    Path("p.yaml").write_text("version: 1\nenvironments: {production: {}}\n")
    with pytest.raises(BadSettings, match="asks for nothing"):
        decide("production")


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert gate.main(["--schema"], standalone_mode=False) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Hauberk gate policy, version 1"
