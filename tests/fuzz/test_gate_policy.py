"""Any policy file is read or refused in a sentence; any evidence gives a decision."""

import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.errors import BadSettings, Malformed
from hauberk.core.verdict import Word
from hauberk.gate.policy.claims import TYPES
from hauberk.gate.policy.condition import compile_condition, holds
from hauberk.gate.policy.decide import decide
from hauberk.gate.policy.evidence import Evidence
from hauberk.gate.policy.kind import At
from hauberk.gate.policy.licence import Allowance
from hauberk.gate.policy.read import read_policy
from tests.unit.gate.policy.made import EXAMPLE, NOW, SUBJECT, bent, honest, said

POLICY = read_policy(EXAMPLE.read_bytes(), EXAMPLE.name)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
FIELDS = sorted({field for each in honest().values() for field in each.statement.predicate})
# Taken from evidence, these make nothing that production asks for true.
WORDS = [*"()+-[]{}'\"?:,.!", "&&", "||", "==", "in", "scan", "a", "1", "all", "map", "true", "\\", "r", " "]


@pytest.mark.parametrize("name", ["p.yaml", "p.toml"])
@settings(max_examples=150, deadline=None)
@given(octets=st.binary(max_size=300))
def test_any_bytes_are_refused_as_a_policy(name: str, octets: bytes) -> None:
    with pytest.raises(BadSettings):
        read_policy(octets, name)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_mutated_policies_are_read_or_refused(seed: int) -> None:
    rng, octets = random.Random(seed), bytearray(EXAMPLE.read_bytes())
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(octets))
        octets[at : at + rng.randint(0, 3)] = bytes(
            rng.choices(b"{}[]:-,#&*!|>'\"\n ax9\xff", k=rng.randint(0, 3))
        )
    with suppress(BadSettings):
        policy = read_policy(bytes(octets), "p.yaml")
        for environment in policy.environments:
            assert decide(policy, environment, Evidence(SUBJECT, (), NOW)).verdict.word is not Word.PASS


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(sorted(TYPES)), predicate=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8)
)
def test_any_predicate_gives_a_decision_and_no_pass(kind: str, predicate: dict[str, Any]) -> None:
    signers = [signer for role in POLICY.roles.values() for signer in role.signers]
    decision = decide(POLICY, "production", Evidence(SUBJECT, (said(kind, predicate, *signers),), NOW))
    assert decision.verdict.word is not Word.PASS
    assert all(each.words.isprintable() for each in decision.outcomes)


@settings(max_examples=200, deadline=None)
@given(which=st.sampled_from(sorted(honest())), field=st.sampled_from(FIELDS), value=JSON)
def test_one_bent_field_gives_a_decision(which: str, field: str, value: Any) -> None:
    evidence = honest()
    evidence[which] = bent(evidence[which], **{field: value})
    decision = decide(POLICY, "production", Evidence(SUBJECT, tuple(evidence.values()), NOW))
    assert len(decision.outcomes) >= 10


@settings(max_examples=300, deadline=None)
@given(expression=st.lists(st.sampled_from(WORDS), max_size=40).map("".join) | st.text(max_size=60))
def test_any_condition_is_refused_or_evaluated(expression: str) -> None:
    with suppress(BadSettings):
        compile_condition(expression, At("p.yaml"))
        assert isinstance(holds(expression, {"scan": {"a": 1}}), (bool, str))


@settings(max_examples=300, deadline=None)
@given(
    expression=st.lists(
        st.sampled_from(["MIT", "GPL-3.0-only", "AND", "OR", "WITH", "(", ")", "+", "x"]), max_size=12
    ).map(" ".join)
    | st.text(max_size=40)
)
def test_any_licence_expression_is_judged_or_malformed(expression: str) -> None:
    with suppress(Malformed):
        assert Allowance(("MIT",)).permits(expression) in (True, False)
        assert "mit" in expression.lower() or not Allowance(("MIT",)).permits(expression)
