"""Statements: read back as written, refused where they are half."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.attest.predicates import ALL, NAMED, TIME, Predicate, checked, read_time
from hauberk.attest.statements import read_statement
from hauberk.attest.words import words_of
from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed, UnreadableAsset
from hauberk.core.statement import STATEMENT_TYPE, Json, Statement, Subject

SUBJECT = Subject("m", Digest("ab" * 32))
APPROVAL: dict[str, Json] = {
    "approver": "release team", "role": "owner", "decision": "approve",
    "environment": "production", "approvedAt": "2026-01-02T03:04:05Z",
}  # fmt: skip


def test_a_statement_is_read_back() -> None:
    statement = Statement((SUBJECT,), NAMED["approval"].uri, APPROVAL)
    assert read_statement(statement.to_json().encode()) == statement


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"_type": "https://in-toto.io/Statement/v0.1"}, "of the type"),
        ({"subject": []}, "about nothing"),
        ({"subject": [{"name": "m", "digest": {"md5": "00"}}]}, "no SHA-256"),
        ({"subject": [{"name": "m", "digest": {"sha256": "AB" * 32}}]}, "no SHA-256"),
        ({"subject": [{"name": 1, "digest": {"sha256": "ab" * 32}}]}, "name"),
        ({"predicateType": ""}, "without a predicate type"),
        ({"predicate": []}, "no object"),
        ({"more": 1}, "unknown field"),
    ],
)
def test_what_is_no_statement_is_refused(change: dict[str, Json], said: str) -> None:
    content: dict[str, Json] = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": "m", "digest": {"sha256": "ab" * 32}}],
        "predicateType": "x",
        "predicate": {},
    }
    with pytest.raises(Malformed, match=said):
        read_statement(json.dumps(content | change).encode())


@given(st.binary(max_size=300))
def test_any_payload_is_a_statement_or_an_error(payload: bytes) -> None:
    with contextlib.suppress(UnreadableAsset):
        read_statement(payload)


@pytest.mark.parametrize("missing", sorted(NAMED["approval"].fields))
def test_half_a_claim_is_refused(missing: str) -> None:
    half = {key: value for key, value in APPROVAL.items() if key != missing}
    with pytest.raises(Malformed, match=missing):
        checked(Statement((SUBJECT,), NAMED["approval"].uri, half))


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.name)
def test_an_empty_claim_is_refused_and_still_told(known: Predicate) -> None:
    empty = Statement((SUBJECT,), known.uri, {})
    assert words_of(empty)
    with pytest.raises(Malformed):
        checked(empty)


@given(
    st.sampled_from(ALL),
    st.dictionaries(
        st.sampled_from(["results", "parents", "findings", "resources", "verdict", "tool", "policy", "name"]),
        st.none() | st.text(max_size=5) | st.lists(st.integers()) | st.dictionaries(st.text(), st.integers()),
    ),
)
def test_words_are_found_for_any_claim(known: Predicate, predicate: dict[str, Json]) -> None:
    assert words_of(Statement((SUBJECT,), known.uri, predicate))


@pytest.mark.parametrize(
    "text", ["2026-01-02", "2026-01-02T03:04:05", "yesterday", "0001-01-01T00:00:00+23:59"]
)
def test_a_time_needs_its_offset(text: str) -> None:
    assert read_time(text) is None, TIME
