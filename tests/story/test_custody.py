"""The story of custody: a model is scanned, signed, attested and gated; what was tampered with is refused,
each time with the sentence that says why; the log verifies from a folder that was copied elsewhere."""

from __future__ import annotations

import json
import shutil
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hauberk.attest.keys import read_public_key
from hauberk.attest.log.log import Log
from hauberk.cli.main import run
from hauberk.store import open_store

POLICY = """
version: 1
name: production models
roles:
  ci: {{ signers: [{ci}] }}
  owners: {{ signers: [{lead}] }}
  publishers: {{ signers: [{publisher}] }}
environments:
  production:
    scan: {{ by: ci, stop: medium, logged: true }}
    release: {{ by: publishers, names: [router] }}
    approvals:
      - {{ by: owners }}
"""


def told(capsys: pytest.CaptureFixture[str]) -> str:
    found = capsys.readouterr()
    return found.out + found.err


def say(*arguments: object) -> int:
    return run([str(each) for each in arguments])


def later(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Team:
    """A release team's folder: keys, a trust file, a log, evidence."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.evidence = folder / "evidence"
        self.log = folder / "log.sqlite"
        self.version = 0
        for name in ("root", "ci", "lead", "publisher"):
            kind = "p256" if name in ("ci", "publisher") else "ed25519"
            assert say("keygen", folder / name, "--kind", kind) == 0

    def attest(self, model: Path, kind: str, key: str, **fields: object) -> int:
        given = [part for name, value in fields.items() for part in ("--set", f"{name}={value}")]
        key_file = self.folder / key
        return say(
            "attest", model, "-t", kind, "-k", key_file, "--log", self.log, "-o", self.evidence, *given
        )

    def log_key(self) -> str:
        with open_store(str(self.log)) as store:
            return Log(store).key().text()

    def key_id(self, name: str) -> str:
        return read_public_key((self.folder / f"{name}.pub").read_bytes()).id

    def policy(self) -> Path:
        path = self.folder / "production.yaml"
        path.write_text(POLICY.format(**{each: self.key_id(each) for each in ("ci", "lead", "publisher")}))
        return path

    def trust(self, *revoked: tuple[str, str]) -> Path:
        """The next version of the trust file."""
        self.version += 1
        source = self.folder / "trust.toml"
        source.write_text(f"""
version = {self.version}
expires = {later(30)}
keys = {{ root = "root.pub", ci = "ci.pub", lead = "lead.pub", publisher = "publisher.pub" }}
[roles]
root = {{ keys = ["root"] }}
release = {{ keys = ["publisher"] }}
[revoked]
{"".join(f'{name} = {{ at = {at}, reason = "stolen" }}' for name, at in revoked)}
[[logs]]
key = "{self.log_key()}"
""")
        path = self.folder / "trust.json"
        after = ["--after", path] if self.version > 1 else []
        assert say("trust", "sign", source, "-k", self.folder / "root", "-o", path, *after) == 0
        return path


def model_in(folder: Path, seed: int) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", "hidden_size": 4}))
    header = json.dumps({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
    weights = struct.pack("<4f", *(seed + each for each in range(4)))
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + weights)
    return folder


def test_the_life_of_a_model_and_of_those_who_tamper_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    team = Team(tmp_path)
    old, model = model_in(tmp_path / "v1" / "router", 1), model_in(tmp_path / "v2" / "router", 2)
    signature, seen = tmp_path / "model.sig", tmp_path / "seen.json"
    for version, each in enumerate((old, model), 1):
        assert team.attest(each, "scan", "ci") == 0
        assert (
            team.attest(each, "release", "publisher", name="router", version=version, expires=later(7)) == 0
        )
    build = {"buildDefinition.buildType": "https://example.org/training", "runDetails.builder.id": "ci"}
    job = {"buildDefinition.externalParameters.job": "nightly"}
    assert team.attest(model, "provenance", "ci", **build, **job) == 0
    approval = {"approver": "the lead", "role": "owners", "decision": "approve", "environment": "production"}
    assert team.attest(model, "approval", "lead", **approval) == 0
    assert say("sign", model, "-k", tmp_path / "publisher", "-s", signature) == 0
    trust = team.trust()
    by_key = ("-s", signature, "-p", tmp_path / "publisher.pub")
    released = ("--release", "router", "-e", team.evidence, "-t", trust, "--seen", seen)

    assert say("verify", model, *by_key, *released) == 0
    assert "router version 2, released and fresh" in told(capsys)

    assert say("trace", model, "-e", team.evidence, "-t", trust) == 0
    chain = told(capsys)
    assert "scanned by hauberk" in chain and "the lead (owners) approves it for production" in chain
    assert "by lead, logged" in chain

    to_production = ("--environment", "production", "-e", team.evidence, "-t", trust)
    policy = team.policy()
    summary = ("-o", team.evidence / "verdict.json", "-k", tmp_path / "ci")
    assert say("gate", policy, model, *to_production, *summary) == 0
    assert say("verify", model, "--policy", policy, *to_production) == 0
    assert "pass: 4 of 4 demands met" in told(capsys)
    assert say("trace", model, "-e", team.evidence, "-t", trust) == 0
    assert "PASSED the policy" in told(capsys)
    assert say("verify", old, "--policy", policy, *to_production) != 0
    assert say("gate", policy, old, *to_production) != 0  # released and scanned, but nobody approved it
    assert "approv" in told(capsys)

    # altered
    weights = (model / "model.safetensors").read_bytes()
    (model / "model.safetensors").write_bytes(weights[:-1] + b"\0")
    assert say("verify", model, *by_key) == 1
    assert "model.safetensors was changed" in told(capsys)
    assert say("verify", model, *released) == 1
    assert "altered, or mixed" in told(capsys)
    assert say("gate", policy, model, *to_production) == 3
    assert "unknown: 0 of " in told(capsys)
    (model / "model.safetensors").write_bytes(weights)

    # rolled back
    assert say("verify", old, *released) == 1
    assert "router version 1 is older than the 2 accepted before: a rollback" in told(capsys)

    # re-signed with a key that was revoked: what the log proves to be older still counts
    time.sleep(1.1)  # times in statements are whole seconds
    revoked_at = later(0)
    trust = team.trust(("publisher", revoked_at))
    assert say("verify", model, *released) == 0
    evil = model_in(tmp_path / "v3" / "router", 3)
    before = len(list(team.evidence.iterdir()))
    sets = ("--set", "name=router", "--set", "version=3", "--set", f"expires={later(7)}")
    say("attest", evil, "-t", "release", "-k", tmp_path / "publisher", "-o", team.evidence, *sets)
    assert len(list(team.evidence.iterdir())) == before + 1
    told(capsys)
    assert say("verify", evil, *released) == 1
    refused = told(capsys)
    assert "signed by the key publisher, revoked on" in refused and "no log proves" in refused

    # the log, copied elsewhere
    exported, copied = tmp_path / "export", tmp_path / "elsewhere"
    assert say("log", "export", team.log, exported) == 0
    shutil.copytree(exported, copied)
    assert say("log", "verify", copied, "--key", team.log_key()) == 0
    told(capsys)
    bundle = next(each for each in sorted(copied.rglob("*")) if "entries" in str(each) and each.is_file())
    octets = bytearray(bundle.read_bytes())
    octets[10] ^= 1
    bundle.write_bytes(octets)
    assert say("log", "verify", copied, "--key", team.log_key()) == 1
    assert "entry 0" in told(capsys)
