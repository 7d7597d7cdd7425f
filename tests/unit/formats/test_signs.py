"""What a format's signs rule out, its claim would have refused: nothing is missed for being quick."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.errors import UnreadableAsset
from hauberk.core.rule import Sample
from hauberk.formats import recognise as shelf
from hauberk.formats.format import Claim
from hauberk.formats.recognise import formats, recognise
from hauberk.formats.signs import Sieve, Signs
from hauberk.rules import load

SAMPLES = [(rule.id, each) for rule in load().values() for each in (*rule.bad, *rule.good)]
SHELVED = shelf._shelf()
ENDS = sorted({end for each in SHELVED if each.signs for end in each.signs.ends + each.signs.names})
# Formats that any byte may begin, or whose magic numbers are too many to say twice.
ASKED_ALWAYS = {"hauberk.formats.media", "hauberk.formats.pickle", "hauberk.formats.text"}


def _asked_of_all(asset: Asset) -> set[str]:
    claims = {each.name: each.claim(asset) for each in formats()} | (
        {asset.hint: Claim.CERTAIN} if asset.hint else {}
    )
    sure = max(claims.values())
    return {name for name, claim in claims.items() if claim == sure and claim is not Claim.NONE}


def _recognised(asset: Asset) -> set[str]:
    return {each.name for each in recognise(asset)}


def _inner(asset: Asset, depth: int = 0) -> Iterator[Asset]:
    yield asset
    for each in recognise(asset) if depth < 3 else ():
        try:
            found = [reading for reading in each.read(asset) if isinstance(reading, Asset)]
        except UnreadableAsset:
            continue
        for member in found[:20]:
            yield from _inner(member, depth + 1)


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_a_sample_is_recognised_as_if_every_format_were_asked(name: str, sample: Sample) -> None:
    for path, octets in sample.files().items():
        for asset in _inner(Asset(path, Bytes(octets))):
            assert _recognised(asset) == _asked_of_all(asset)
            bare = Asset("x", asset.content)
            assert _recognised(bare) == _asked_of_all(bare)


SAID = [each.signs for each in SHELVED if each.signs]
MAGIC = [each for signs in SAID for each in signs.starts + signs.holds + signs.tail + signs.far]
INSIDE = [b"x" * offset + what for signs in SAID for offset, what in signs.at]
PIECES = st.one_of(
    st.sampled_from(MAGIC),
    st.sampled_from(INSIDE),
    st.binary(max_size=40),
    st.sampled_from([b"\0" * 16, b"{", b" "]),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=6), st.sampled_from(["", *ENDS]), st.sampled_from([*Kind]))
def test_any_bytes_are_recognised_as_if_every_format_were_asked(
    pieces: list[bytes], end: str, kind: Kind
) -> None:
    asset = Asset(f"a{end}", Bytes(b"".join(pieces)), kind)
    if kind is Kind.FOLDER:  # it has files, and no bytes of its own
        asset = Asset(f"a{end}", Bytes(b""), kind, files={})
    assert _recognised(asset) == _asked_of_all(asset)


def test_the_text_of_a_format_says_what_its_module_says() -> None:
    for each in SHELVED:
        loaded = import_module(each.module)
        found = getattr(loaded, "FORMATS", ()) or (loaded.FORMAT,)
        assert each.signs == getattr(loaded, "SIGNS", None), each.module
        assert list(each.names) == [one.name for one in found], each.module
    assert {each.module for each in SHELVED if each.signs is None} == ASKED_ALWAYS


@pytest.mark.parametrize("text", ["Signs(starts=MAGIC)", "Signs(1)", "Signs(begins=(b'a',))", "Signs(", "1"])
def test_signs_that_are_no_literals_rule_nothing_out(text: str) -> None:
    assert Signs.read(text) is None
    assert Sieve([("m", None)]).asked(Asset("x", Bytes(b"y"))) == {"m"}


def test_a_zip_behind_other_bytes_is_found_far_from_the_end() -> None:
    octets = b"x" * 70_000 + b"PK\5\6" + b"c" * 60_000
    sieve = Sieve([("zip", Signs(far=(b"PK\5\6",)))])
    assert sieve.asked(Asset("x", Bytes(octets))) == {"zip"}
    assert sieve.asked(Asset("x", Bytes(octets + b"c" * 6_000))) == set()
