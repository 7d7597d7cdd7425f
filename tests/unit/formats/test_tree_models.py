import json
import struct

import pytest

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.core.gap import Gap
from hauberk.core.view import FlawKind, View
from hauberk.formats import (
    catboost_model,
    columnar,
    lightgbm_model,
    msgpack_arrays,
    r_serialisation,
    xgboost_model,
)
from hauberk.rules.models.r_promise import HEADER, UNFORCED, call, symbol


def read(module, octets, name="m"):
    found = []
    try:
        for each in module.read(Asset(name, Bytes(octets))):
            found.append(each)
    except UnreadableAsset:
        pass
    return found


def kinds(module, octets):
    return [flaw.kind for each in read(module, octets) if isinstance(each, View) for flaw in each.flaws]


def tree(left):
    return json.dumps({"learner": {"attributes": {}, "trees": [{"left_children": left}]}}).encode()


def test_xgboost_children_must_be_nodes_of_their_tree():
    assert kinds(xgboost_model, tree([1, -1, -1])) == []
    assert kinds(xgboost_model, tree([1, -1, 900])) == [FlawKind.LIES]


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"{L\0\0\0\0\0\0\0\x07learner{i\x01aT}}", []),
        (b"{L\0\0\0\0\0\0\0\x07learner{}}tail", [FlawKind.HIDDEN]),
        (b"{L\0\0\0\0\0\0\0\x07learner{i\x01a[$D#L\x0f\xff\xff\xff\xff\xff\xff\xff", [FlawKind.LIES]),
        (b"{L\0\0\0\0\0\0\0\x07learner{i\x01aSi\xff", [FlawKind.LIES]),
    ],
)
def test_xgboost_lengths_are_checked(octets, expected):
    assert kinds(xgboost_model, octets) == expected


def test_catboost_and_lightgbm_sizes_are_checked():
    assert kinds(catboost_model, b"CBM1\xff\xff\xff\x7f" + bytes(8)) == [FlawKind.LIES]
    assert kinds(lightgbm_model, b"tree\nversion=v4\nmax_feature_idx=7\nfeature_names=a b\n") == [
        FlawKind.LIES
    ]
    assert kinds(lightgbm_model, b"tree\nversion=v4\nmax_feature_idx=1\nfeature_names=a b\n") == []


def test_a_pickle_in_messagepack_is_handed_over():
    octets = b"\x81\xa4data\xc4\x04\x80\x04N."
    view, inner = read(msgpack_arrays, octets)
    assert (view.flaws, inner.hint, inner.content.read(0, 9)) == ((), "pickle", b"\x80\x04N.")


def test_messagepack_lies_and_unknown_extensions_are_told():
    assert kinds(msgpack_arrays, b"\x81\xa1a\xc6\xff\xff\xff\xff") == [FlawKind.LIES]
    assert kinds(msgpack_arrays, b"\x81\xa1a\xc0rest") == [FlawKind.HIDDEN]
    assert [type(each) for each in read(msgpack_arrays, b"\x81\xa1a\xd4\x63\0")][1:] == [Gap]


def test_a_promise_says_what_it_calls():
    (view,) = read(r_serialisation, UNFORCED)
    assert [(each.is_forced, each.calls) for each in view.promises] == [(False, ("system",))]


def test_a_name_that_is_not_called_is_no_call():
    argument = b"\0\0\0\2" + symbol(b"system") + b"\0\0\0\xfe"
    (view,) = read(r_serialisation, HEADER + b"\0\0\0\6" + symbol(b"lm") + argument)
    assert (view.calls, view.flaws) == (("lm",), ())


def test_r_text_is_read_as_the_binary_is():
    octets = b"A\n2\n262657\n131840\n6\n1\n262153\n6\nsystem\n254\n"
    (view,) = read(r_serialisation, octets)
    assert view.calls == ("system",)


def test_r_lengths_are_checked_and_the_end_is_the_end():
    assert kinds(r_serialisation, HEADER + b"\0\0\0\x0e\x7f\xff\xff\xff") == [FlawKind.LIES]
    assert kinds(r_serialisation, HEADER + b"\0\0\0\xfe#!/bin/sh") == [FlawKind.HIDDEN]
    assert kinds(r_serialisation, HEADER + call(b"lm")) == []


def test_a_parquet_footer_has_to_be_there():
    lie = b"PAR1" + struct.pack("<I", 0x7FFFFFFF) + b"PAR1"
    assert kinds(columnar, lie) == [FlawKind.LIES]
    assert read(columnar, b"PAR1" + bytes(40)) == []
