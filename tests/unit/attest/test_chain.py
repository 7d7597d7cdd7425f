"""Chains: everything about a digest, and about what it was made of."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hauberk.attest.chain import chain_of
from hauberk.attest.predicates import NAMED
from hauberk.core.attested import Attested
from hauberk.core.digest import Digest
from hauberk.core.statement import Json, Statement, Subject
from hauberk.report.chain_page import chain_page
from hauberk.report.chain_tree import chain_json, tree

MODEL = Subject("ticket-router", Digest("aa" * 32))
DATA = Subject("tickets.parquet", Digest("bb" * 32))
SIGNER = "c" * 64


def attested(subject: Subject, name: str, predicate: dict[str, Json]) -> Attested:
    moment = datetime(2026, 5, 1, 12, tzinfo=UTC)
    return Attested(Statement((subject,), NAMED[name].uri, predicate), (SIGNER,), moment, 7, f"{name}.json")


def evidence() -> list[Attested]:
    dependencies: list[Json] = [
        {"name": DATA.name, "digest": {"sha256": DATA.digest.hex}},
        {"uri": "git+https://example.org/train", "digest": {"gitCommit": "d" * 40}},
    ]
    build: dict[str, Json] = {
        "buildDefinition": {"resolvedDependencies": dependencies},
        "runDetails": {"builder": {"id": "ci"}},
    }
    return [
        attested(MODEL, "approval", {"decision": "reject", "approver": "owner", "environment": "production"}),
        attested(MODEL, "provenance", build),
        attested(DATA, "datasheet", {"name": "tickets", "licence": "CC0-1.0"}),
        attested(MODEL, "scan", {"verdict": "pass", "findings": {"low": 2}, "gaps": 0}),
    ]


def test_links_stand_in_the_order_of_the_chain_and_inputs_bring_their_own() -> None:
    chain = chain_of(Subject("", MODEL.digest), evidence())
    assert chain.subject == MODEL
    assert [each.stage for each in chain.links] == ["build", "scan", "approval"]
    assert [(each.role, [link.stage for link in each.links]) for each in chain.inputs] == [
        ("data", ["data"]),
        ("code", []),
    ]
    assert chain.missing == ("signature", "evaluation", "deployment")


def test_the_tree_says_who_when_and_what_is_missing() -> None:
    drawn = tree(chain_of(MODEL, evidence()))
    assert "✗ approval   owner (?) rejects it for production [by cccccccccccc" in drawn
    assert "logged 2026-05-01 12:00, entry 7" in drawn
    assert "data: tickets.parquet (sha256:bbbbbbbbbbbb)" in drawn
    assert "code: git+https://example.org/train@dddddddddddd (commit:dddddddddddd)" in drawn
    assert "not attested: signature, evaluation, deployment" in drawn


def test_json_holds_what_the_tree_shows() -> None:
    found = json.loads(chain_json(chain_of(MODEL, evidence())))
    assert found["digest"] == f"sha256:{'aa' * 32}"
    assert [each["role"] for each in found["inputs"]] == ["data", "code"]


def test_a_model_made_of_itself_ends() -> None:
    loop: dict[str, Json] = {
        "buildDefinition": {"resolvedDependencies": [{"name": "itself", "digest": {"sha256": "aa" * 32}}]}
    }
    chain = chain_of(MODEL, [attested(MODEL, "provenance", loop)])
    assert len(list(chain.walk())) == 2


def test_strangers_texts_stay_texts() -> None:
    evil: dict[str, Json] = {
        "decision": "approve",
        "approver": "\x1b[2J<script>x</script>",
        "environment": "p",
    }
    chain = chain_of(MODEL, [attested(MODEL, "approval", evil)])
    assert "\x1b" not in tree(chain)
    assert "<script>" not in chain_page(chain)


def test_a_digest_that_nobody_knows_has_nothing() -> None:
    assert "nothing is attested" in tree(chain_of(Subject("", Digest("ee" * 32)), evidence()))
