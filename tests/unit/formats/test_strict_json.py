import json

import pytest

from hauberk.core.errors import Malformed, OverBudget
from hauberk.formats.strict_json import MAX_DEPTH, TooDeep, parse


def test_duplicate_keys_are_named_with_their_paths():
    assert parse(b'{"a": {"b": 1, "b": 2}, "c": [{"d": 1, "d": 1}]}', 99).duplicates == ("a.b", "c[0].d")


def test_an_escaped_key_is_a_duplicate_all_the_same():
    assert parse(rb'{"a": 1, "\u0061": 2}', 99).duplicates == ("a",)


def test_brackets_in_texts_are_no_depth():
    assert parse(json.dumps(["[" * 5000, '\\"[[']).encode(), 9999).value == ["[" * 5000, '\\"[[']


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-le"])
def test_other_encodings_that_json_takes_are_taken(encoding):
    assert parse('{"é": NaN}'.encode(encoding), 99).duplicates == ()


def test_too_deep_is_said_before_anything_recurses():
    with pytest.raises(TooDeep):
        parse(b"[" * 100_000, 1 << 20)
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, 9999).duplicates == ()


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe\xfa", b"1" * 5000, b'"\\', b"{}x", b"nul"])
def test_what_is_no_json_is_malformed(text):
    with pytest.raises(Malformed):
        parse(text, 1 << 20)


def test_the_limit_holds():
    with pytest.raises(OverBudget):
        parse(b"[1, 2]", 5)
