"""Any bytes, and any change to true ones, give a xorb, a shard or a file that is true, or a clear error."""

from __future__ import annotations

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.errors import Malformed, OverBudget
from hauberk.registry.huggingface.xet.hashes import of_file, of_range, root, text
from hauberk.registry.huggingface.xet.rebuild import check, rebuild
from hauberk.registry.huggingface.xet.shard import HEADER, TAG, File, Term, read_shard
from hauberk.registry.huggingface.xet.xorb import Unpacker, read_index
from tests.xet import entry, hashed, shard, xorb

CHUNKS = [b"a line\n" * 40, bytes(300), bytes(range(256))]
TRUE = xorb(CHUNKS)
HASHES = hashed(CHUNKS)
NAME = root(HASHES)
FILE = File(
    of_file(HASHES[1:]),
    (Term(NAME, 300, 1, 2, of_range(HASHES[1:2])), Term(NAME, 256, 2, 3, of_range(HASHES[2:]))),
    None,
)
SHARD = shard([FILE])
edits = st.lists(st.tuples(st.integers(0, 1_000), st.integers(0, 255)), min_size=1, max_size=6)
pieces = st.integers(1, 700)
entries = st.builds(entry, st.binary(max_size=80), st.integers(0, 4), st.integers(0, 300), st.integers(0, 1))


def edited(octets: bytes, changes: list[tuple[int, int]]) -> bytes:
    found = bytearray(octets)
    for place, value in changes:
        found[place % len(found)] = value
    return bytes(found)


def unpack(octets: bytes, piece: int) -> tuple[bytes, io.BytesIO] | None:
    target = io.BytesIO()
    unpacker = Unpacker(target)
    try:
        for at in range(0, len(octets), piece):
            unpacker.feed(octets[at : at + piece])
        return unpacker.finish(), target
    except (Malformed, OverBudget):
        return None


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.lists(entries, max_size=5).map(b"".join)), pieces)
def test_any_bytes_are_a_xorb_or_a_clear_error(octets: bytes, piece: int) -> None:
    found = unpack(octets, piece)
    if found is not None:
        name, target = found
        index = read_index(target)
        body = target.getvalue()
        chunks = [body[a:b] for a, b in zip(index.offsets, index.offsets[1:], strict=False)]
        assert tuple(hashed(chunks)) == index.chunks and root(index.chunks) == name


@settings(max_examples=400, deadline=None)
@given(edits, pieces)
def test_a_changed_xorb_has_another_name_or_the_same_bytes(
    changes: list[tuple[int, int]], piece: int
) -> None:
    found = unpack(edited(TRUE, changes), piece)
    if found is not None and found[0] == NAME:
        assert found[1].getvalue().startswith(b"".join(CHUNKS))


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=300), st.booleans(), st.sampled_from([2, 3]))
def test_any_bytes_are_a_shard_or_a_clear_error(octets: bytes, is_begun: bool, version: int) -> None:
    try:
        found = read_shard((HEADER.pack(TAG, version, 0) if is_begun else b"") + octets)
    except (Malformed, OverBudget):
        return
    assert all(0 <= term.first < term.last for file in found for term in file.terms)


@settings(max_examples=400, deadline=None)
@given(edits)
def test_a_changed_shard_makes_the_same_file_or_none(changes: list[tuple[int, int]]) -> None:
    made = unpack(TRUE, 10_000)
    assert made is not None
    source, index = made[1], read_index(made[1])

    def opened(name: bytes) -> tuple[io.BytesIO, object]:
        if name != NAME:
            raise Malformed(f"{text(name)} is not here")
        return source, index

    try:
        for file in read_shard(edited(SHARD, changes)):
            check(file, lambda name: opened(name)[1])  # type: ignore[arg-type, return-value]
            target = io.BytesIO()
            rebuild(file, opened, target)  # type: ignore[arg-type]
            assert (file.hash == FILE.hash and target.getvalue() == b"".join(CHUNKS[1:])) or not file.terms
    except (Malformed, OverBudget):
        return


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_an_index_or_a_clear_error(octets: bytes) -> None:
    try:
        read_index(io.BytesIO(octets))
    except Malformed:
        return
