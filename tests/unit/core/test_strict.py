"""JSON from strangers: one meaning, or none."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.errors import Malformed, OverBudget, UnreadableAsset
from hauberk.core.strict import MAX_DEPTH, read_json

LIMIT = 1 << 20
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)  # fmt: skip


@given(VALUES)
def test_what_json_writes_is_read_back(value: object) -> None:
    assert read_json(json.dumps(value).encode(), LIMIT) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_an_error(octets: bytes) -> None:
    with contextlib.suppress(UnreadableAsset):
        read_json(octets, LIMIT)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"x":{"a":1,"\\u0061":2}}',
        "NaN",
        "[Infinity]",
        '"\\ud800"',
        "{",
        "",
        "[1]x",
        "\ufeff1",
    ],
)
def test_what_readers_understand_differently_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_json(text.encode(), LIMIT)


@pytest.mark.parametrize(
    "text",
    ["1e999", "1" * 50, "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), '[{"a":' * 60 + "1" + "}]" * 60],
)
def test_what_is_beyond_a_limit_is_refused(text: str) -> None:
    with pytest.raises(OverBudget):
        read_json(text.encode(), LIMIT)


def test_brackets_in_texts_do_not_count() -> None:
    assert read_json(json.dumps(["[" * 500]).encode(), LIMIT) == ["[" * 500]


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(OverBudget):
        read_json(b"[1, 2, 3]", 5)
