"""The access engine against a second reading of AWS's documentation, on random policies and requests."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.analysis.access import compiled
from hauberk.analysis.access.actions import space
from hauberk.analysis.access.questions import no_broader
from hauberk.core.errors import Malformed, OverBudget
from hauberk.formats.iam_policy import read_iam_policy
from tests import access_evaluator as evaluator
from tests import access_policies as policies

PAIRS = 400
REQUESTS = 40


@pytest.mark.parametrize("seed", range(4))
def test_engine_and_evaluator_agree(seed: int) -> None:
    random = Random(seed)
    for _ in range(PAIRS):
        one, other = policies.pair(random)
        requests = [policies.request(random) for _ in range(REQUESTS)]
        _requests_agree(one, requests[:8])
        _answers_agree(one, other, requests)


def _requests_agree(written: policies.Written, requests: list[policies.Written]) -> None:
    policy = policies.read(written)
    where = space([*compiled.written_actions([policy]), policies.ASKED_ACTIONS])
    allows, denies = compiled.allows([policy], where), compiled.denies([policy], where)
    for each in requests:
        asked = policies.as_request(each)
        action = where.mask((asked.action,))
        is_allowed = any(one.matches(asked, action) for one in allows)
        is_denied = any(one.matches(asked, action) for one in denies)
        assert (is_allowed and not is_denied) == evaluator.is_allowed(written, each), (written, each)


def _answers_agree(one: policies.Written, other: policies.Written, requests: list[policies.Written]) -> None:
    answer = no_broader([policies.read(one)], [policies.read(other)])
    assert answer.holds is not None, (answer.words, one, other)
    if answer.holds:
        against = [
            each
            for each in requests
            if evaluator.is_allowed(one, each) and not evaluator.is_allowed(other, each)
        ]
        assert not against, (one, other)
    else:
        assert answer.witness is not None
        witness = policies.as_written(answer.witness)
        assert evaluator.is_allowed(one, witness), (one, witness)
        assert not evaluator.is_allowed(other, witness), (other, witness)


NAMES = st.sampled_from(
    [
        "Version",
        "Statement",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "Principal",
        "Condition",
        "AWS",
        "Sid",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["Allow", "Deny", "*", "2012-10-17", "${", "a:b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_whatever_json_is_a_policy_or_refused(value: object) -> None:
    _reads_or_refuses(json.dumps(value).encode())


@given(st.binary(max_size=200))
def test_whatever_bytes_are_a_policy_or_refused(octets: bytes) -> None:
    _reads_or_refuses(octets)


def _reads_or_refuses(octets: bytes) -> None:
    try:
        policy = read_iam_policy(octets, "policy.json")
    except (Malformed, OverBudget):
        return
    assert no_broader([policy], [policy]).holds is not False
