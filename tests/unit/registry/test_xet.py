"""The formats of Xet: what is true is rebuilt, and whatever is not is refused before anything is believed."""

from __future__ import annotations

import hashlib
import io
import itertools
import os
import random
import struct
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest
from lz4.frame import compress

from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed, OverBudget
from hauberk.registry.huggingface.xet import outline as outlines
from hauberk.registry.huggingface.xet.hashes import (
    Chunk,
    Tree,
    _node,
    from_text,
    of_file,
    of_range,
    root,
    text,
)
from hauberk.registry.huggingface.xet.outline import XORB_SIZE, outline_of, parts_of, read_outline
from hauberk.registry.huggingface.xet.rebuild import check, rebuild
from hauberk.registry.huggingface.xet.shard import ENTRY, FILE, HEADER, MAX_TERMS, File, Term, read_shard
from hauberk.registry.huggingface.xet.xorb import (
    FOOTER,
    GROUPED,
    LZ4,
    MAX_CHUNK,
    MAX_CHUNKS,
    MAX_FOOTER,
    PLAIN,
    Index,
    Unpacker,
    read_index,
)
from tests.xet import entry, hashed, packed, shard, xorb

CHUNKS = [os.urandom(9_000), b"text " * 5_000, bytes(70_001), os.urandom(1), b"\1\2\3\4" * 999 + b"\5\6"]


def taken(octets: bytes, piece: int = 1 << 21) -> tuple[bytes, io.BytesIO, Unpacker]:
    target = io.BytesIO()
    unpacker = Unpacker(target)
    for at in range(0, len(octets), piece):
        unpacker.feed(octets[at : at + piece])
    return unpacker.finish(), target, unpacker


def file_of(chunks: Sequence[bytes], named: bool = True) -> tuple[File, dict[bytes, io.BytesIO]]:
    """A file of all the chunks twice, in two xorbs, and these."""
    one, first, _ = taken(xorb(chunks))
    other, second, _ = taken(xorb(chunks[::-1]))
    told, back = hashed(chunks), hashed(chunks[::-1])
    size = sum(map(len, chunks))
    whole = b"".join(chunks) + b"".join(chunks[::-1])
    terms = (Term(one, size, 0, len(told), of_range(told)), Term(other, size, 0, len(told), of_range(back)))
    digest = Digest(hashlib.sha256(whole).hexdigest()) if named else None
    return File(of_file(told + back), terms, digest), {one: first, other: second}


def rebuilt(file: File, xorbs: dict[bytes, io.BytesIO]) -> bytes:
    def opened(name: bytes) -> tuple[BinaryIO, Index]:
        return xorbs[name], read_index(xorbs[name])

    check(file, lambda name: opened(name)[1])
    target = io.BytesIO()
    rebuild(file, opened, target)
    return target.getvalue()


def slow_root(chunks: Sequence[Chunk]) -> bytes:
    """The root as the specification puts it: level by level, each cut where a hash says so."""
    level = list(chunks)
    while len(level) > 1:
        above, first = [], 0
        while first < len(level):
            last = min(first + 9, len(level))
            for at in range(first + 2, last):
                if level[at][0][24] % 4 == 0:
                    last = at + 1
                    break
            above.append(_node(level[first:last]))
            first = last
        level = above
    return level[0][0] if level else bytes(32)


def test_a_tree_that_grows_has_the_root_of_the_specification() -> None:
    chance = random.Random(4)
    chunks: list[Chunk] = []
    tree = Tree()
    for _ in range(700):
        assert tree.root() == slow_root(chunks)
        chunks.append((chance.randbytes(32), chance.randrange(1, 1 << 17)))
        tree.add(chunks[-1])
    same = [(bytes(32), 5)] * 5_000  # every hash ends its node
    assert root(same) == slow_root(same)
    other = [(b"\1" * 32, 5)] * 5_000  # no hash does
    assert root(other) == slow_root(other)


def test_a_tree_of_any_size_fits_in_little_memory() -> None:
    tracemalloc.start()
    tree, chunk = Tree(), (os.urandom(32), 65_536)
    for _ in range(100_000):
        tree.add(chunk)
    assert tracemalloc.get_traced_memory()[1] < 200_000
    tracemalloc.stop()


def test_a_hash_is_written_as_four_numbers_and_read_again() -> None:
    octets = bytes(range(32))
    assert text(octets) == "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918"
    assert from_text(text(octets)) == octets
    for wrong in ("", "0" * 63, "0" * 65, "g" * 64, "0x" + "0" * 62, "A" * 64, " " * 64, "٣" * 64):
        with pytest.raises(Malformed):
            from_text(wrong)


@pytest.mark.parametrize("piece", [1, 7, 8, 9, 4_096, 1 << 21])
@pytest.mark.parametrize("footer", [b"", FOOTER + b"\0" * 500])
def test_a_xorb_is_unpacked_however_it_comes(piece: int, footer: bytes) -> None:
    found, target, unpacker = taken(xorb(CHUNKS) + footer, piece)
    assert found == root(hashed(CHUNKS)) and unpacker.size == sum(map(len, CHUNKS))
    assert target.getvalue().startswith(b"".join(CHUNKS))
    index = read_index(target)
    assert index.chunks == tuple(hashed(CHUNKS)) and index.offsets[-1] == unpacker.size


GOOD = entry(b"abcd", PLAIN, 4)
BAD_XORBS = {
    "empty": b"",
    "a footer alone": FOOTER + bytes(100),
    "cut in a header": GOOD + GOOD[:5],
    "cut in a chunk": GOOD + GOOD[:-1],
    "another version": entry(b"abcd", PLAIN, 4, version=1),
    "a way that is unknown": entry(b"abcd", 3, 4),
    "a plain chunk that is shorter": entry(b"abcd", PLAIN, 5),
    "a plain chunk that is longer": entry(b"abcd", PLAIN, 3),
    "a chunk of nothing": entry(b"", PLAIN, 0),
    "a frame of nothing": entry(compress(b""), LZ4, 0),
    "a chunk that says nothing": entry(b"abcd", PLAIN, 0),
    "too large a chunk": entry(bytes(MAX_CHUNK + 1), PLAIN, MAX_CHUNK + 1),
    "no frame": entry(b"abcdefgh", LZ4, 8),
    "a frame that is cut": entry(compress(bytes(9_999))[:-4], LZ4, 9_999),
    "a frame with more behind it": entry(compress(bytes(9_999)) + b"x", LZ4, 9_999),
    "two frames": entry(compress(bytes(99)) + compress(bytes(99)), LZ4, 198),
    "a frame that is shorter": entry(compress(bytes(9_999)), LZ4, 10_000),
    "a frame that is longer": entry(compress(bytes(9_999)), LZ4, 9_998),
    "a bomb": entry(compress(bytes(30 << 20))[: 128 << 10], LZ4, MAX_CHUNK),
    "a grouped bomb": entry(compress(bytes(30 << 20))[: 128 << 10], GROUPED, 1),
}


@pytest.mark.parametrize("name", BAD_XORBS)
def test_a_xorb_that_cannot_be_is_refused(name: str) -> None:
    for piece in (1 << 21, 13):
        with pytest.raises(Malformed):
            taken(BAD_XORBS[name], piece)


def test_a_xorb_that_is_too_much_is_refused_before_it_is_kept() -> None:
    many = GOOD * (MAX_CHUNKS + 1)
    zeros = entry(compress(bytes(MAX_CHUNK)), LZ4, MAX_CHUNK) * 513
    endless = GOOD + FOOTER + bytes(MAX_FOOTER)
    for octets in (many, zeros, endless):
        with pytest.raises(OverBudget):
            taken(octets)


def test_a_bomb_takes_no_memory() -> None:
    bomb = entry(compress(bytes(30 << 20)), LZ4, MAX_CHUNK)
    tracemalloc.start()
    with pytest.raises(Malformed):
        taken(bomb)
    assert tracemalloc.get_traced_memory()[1] < 2 << 20
    tracemalloc.stop()


def test_a_file_is_rebuilt_from_its_xorbs() -> None:
    file, xorbs = file_of(CHUNKS)
    assert rebuilt(file, xorbs) == b"".join(CHUNKS) + b"".join(CHUNKS[::-1])
    assert read_shard(shard([file])) == (file,) and read_shard(shard([file], version=3)) == (file,)
    empty = File(bytes(32), (), Digest(hashlib.sha256(b"").hexdigest()))
    assert rebuilt(empty, {}) == b""
    assert read_shard(shard([empty, file, empty])) == (empty, file, empty)
    assert read_shard(shard([])) == ()


def test_nothing_false_that_a_shard_says_is_believed() -> None:
    file, xorbs = file_of(CHUNKS)
    one, other = file.terms
    false = {
        "another file": replace(file, hash=os.urandom(32)),
        "another content": replace(file, digest=Digest("0" * 64)),
        "another order": replace(file, terms=(other, one)),
        "a term left out": replace(file, terms=(one,)),
        "a term twice": replace(file, terms=(one, one, other)),
        "a chunk too few": replace(file, terms=(replace(one, last=one.last - 1), other)),
        "a chunk too many": replace(file, terms=(replace(one, last=one.last + 1), other)),
        "chunks far away": replace(file, terms=(replace(one, first=10**6, last=10**6 + 1), other)),
        "another size": replace(file, terms=(replace(one, size=one.size + 1), other)),
        "another proof": replace(file, terms=(replace(one, proof=bytes(32)), other)),
        "nothing at all": replace(file, terms=()),
    }
    for name, each in false.items():
        with pytest.raises(Malformed):
            rebuilt(each, xorbs)
            pytest.fail(name)


def test_a_xorb_that_was_damaged_on_disk_is_no_file() -> None:
    file, xorbs = file_of(CHUNKS)
    good = {name: each.getvalue() for name, each in xorbs.items()}
    for octets in (b"", b"x", good[file.terms[0].xorb][:-1], good[file.terms[0].xorb][9:]):
        with pytest.raises(Malformed):
            read_index(io.BytesIO(octets))
    flipped = bytearray(good[file.terms[0].xorb])
    flipped[5] ^= 1
    with pytest.raises(Malformed, match="was announced"):
        rebuilt(file, {**xorbs, file.terms[0].xorb: io.BytesIO(flipped)})


def test_a_shard_that_cannot_be_is_refused() -> None:
    file, _ = file_of(CHUNKS)
    good = shard([file])
    start = HEADER.size
    backwards = replace(file, terms=(replace(file.terms[0], first=5, last=5),))
    cases = [b"", good[:47], b"x" + good[1:], good[:32] + struct.pack("<Q", 4) + good[40:], good[:start],
             good[: start + ENTRY], good[:-ENTRY], shard([backwards])]  # fmt: skip
    for octets in cases:
        with pytest.raises(Malformed):
            read_shard(octets)
    many = good[:start] + FILE.pack(bytes(32), 0, 2**32 - 1) + good[start:]
    with pytest.raises(OverBudget):
        read_shard(many)


def test_a_large_shard_is_read_in_little_time() -> None:
    term = Term(os.urandom(32), 9, 0, 1, os.urandom(32))
    octets = shard([File(bytes(32), (term,) * 100_000, None)])
    begun = time.process_time()
    assert len(read_shard(octets)[0].terms) == 100_000
    assert time.process_time() - begun < 5
    wide = replace(term, last=8_000)
    for terms in ((term,) * (MAX_TERMS // 2 + 1), (wide,) * 1_300):
        file = File(bytes(32), terms, None)
        read_shard(shard([file]))
        with pytest.raises(OverBudget):
            read_shard(shard([file, file]))


@pytest.mark.parametrize(
    "size", [0, 1, MAX_CHUNK, MAX_CHUNK + 1, XORB_SIZE - 1, XORB_SIZE, XORB_SIZE + 1, 2 * XORB_SIZE + 70_000]
)
def test_a_file_is_sent_in_the_xorbs_of_its_outline(size: int, tmp_path: Path) -> None:
    octets = os.urandom(size)
    path = tmp_path / "file"
    path.write_bytes(octets)
    with path.open("rb") as source:
        found = outline_of(source)
        assert read_outline(size, found.hash, found.packed()) == found
        assert found.size == size and len(found.xorbs) == -(-size // XORB_SIZE)
        chunks: list[Chunk] = []
        rebuilt = b""
        for number, own in enumerate(found.xorbs):
            part_size = min(XORB_SIZE, size - number * XORB_SIZE)
            sent = b"".join(outlines.packed(source, number * XORB_SIZE, part_size))
            assert len(sent) == outlines.packed_size(part_size)
            named, target, unpacker = taken(sent)
            assert named == own
            chunks += unpacker.chunks
            rebuilt += target.getvalue()[:part_size]
    assert rebuilt == octets and of_file(chunks) == found.hash


def test_parts_cover_a_range_and_no_chunk_more() -> None:
    size = 3 * XORB_SIZE + 12_345
    found = outlines.Outline(size, bytes(32), tuple(bytes([each] * 32) for each in range(4)))
    chance = random.Random(6)
    for _ in range(2_000):
        start, end = sorted(chance.sample(range(size + 1), 2))
        parts = list(parts_of(found, start, end))
        assert parts[0].start <= start < parts[0].start + MAX_CHUNK
        last = parts[-1].start + parts[-1].size
        assert end <= last and (last == size or last < end + MAX_CHUNK)
        for each, following in itertools.pairwise(parts):
            assert each.start + each.size == following.start and following.first == 0
        assert all(each.start == each.number * XORB_SIZE + each.first * MAX_CHUNK for each in parts)


def test_an_outline_that_was_damaged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        read_outline(XORB_SIZE + 1, bytes(32), bytes(32))
    with pytest.raises(Malformed):
        read_outline(5, bytes(31), bytes(32))
    path = tmp_path / "file"
    path.write_bytes(bytes(5))
    with path.open("rb") as source:
        for start, size in (
            (0, 6),
            (1, 4),
            (0, 0),
            (0, XORB_SIZE + 1),
            (XORB_SIZE, 5),
            (MAX_CHUNK, XORB_SIZE),
        ):
            with pytest.raises(Malformed):
                list(outlines.packed(source, start, size))


def test_bytes_are_grouped_by_their_place_and_ordered_again() -> None:
    for size in (1, 2, 3, 4, 5, 6, 7, 8, 9, 1_001, 65_536):
        octets = os.urandom(size)
        found, target, _ = taken(entry(packed(octets, GROUPED), GROUPED, size))
        assert found == root(hashed([octets])) and target.getvalue().startswith(octets)
