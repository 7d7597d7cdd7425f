"""Shards: which chunks of which xorbs make which file.

Source: huggingface/xet-core, spec/shard.md. What a shard says of xorbs is passed over: it was read from them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed, OverBudget
from hauberk.registry.huggingface.xet.hashes import SIZE, text

TAG = bytes.fromhex("48465265706f4d6574614461746100556967456a7b815783a5bdd95ccdd14aa9")
HEADER = struct.Struct("<32sQQ")
FILE = struct.Struct("<32sII8x")
TERM = struct.Struct("<32sIIII")
ENTRY = 48  # bytes of everything in a shard
VERSIONS = (2, 3)
BOOKEND = b"\xff" * SIZE
WITH_RANGES, WITH_DIGEST = 1 << 31, 1 << 30
MAX_SHARD = 64 << 20  # bytes
MAX_FILES = 100_000
MAX_TERMS = 262_144  # of a shard, 16 TB where each is a whole xorb; each may have to open one
MAX_CHUNKS = 20_000_000  # of a shard's files, 1.3 TB in the mean; each is hashed into its file's tree


@dataclass(frozen=True, slots=True)
class Term:
    """The chunks `first` to before `last` of a xorb, `size` bytes; `proof` is the hash of the range."""

    xorb: bytes
    size: int
    first: int
    last: int
    proof: bytes | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file: its Xet hash, what it is put together from, and its SHA-256 if the shard tells."""

    hash: bytes
    terms: tuple[Term, ...]
    digest: Digest | None

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return sum(each.size for each in self.terms)


def read_shard(octets: bytes) -> tuple[File, ...]:
    """The files that a shard describes. Raises Malformed and OverBudget."""
    if len(octets) > MAX_SHARD:
        raise OverBudget(f"a shard of more than {MAX_SHARD} bytes")
    if len(octets) < HEADER.size:
        raise Malformed("the shard ends within its header")
    tag, version, _ = HEADER.unpack_from(octets)
    if tag != TAG or version not in VERSIONS:
        raise Malformed("this is no shard, or one of a version that is not known")
    found: list[File] = []
    at, terms, chunks = HEADER.size, 0, 0
    while octets[at : at + SIZE] != BOOKEND:
        if len(found) >= MAX_FILES:
            raise OverBudget(f"a shard of more than {MAX_FILES} files")
        file, at = _file(octets, at)
        terms += len(file.terms)
        chunks += sum(each.last - each.first for each in file.terms)
        if terms > MAX_TERMS or chunks > MAX_CHUNKS:
            raise OverBudget(f"a shard of more than {MAX_TERMS} ranges or {MAX_CHUNKS} chunks")
        found.append(file)
    return tuple(found)


def _file(octets: bytes, at: int) -> tuple[File, int]:
    if at + ENTRY > len(octets):
        raise Malformed("the shard ends within its files")
    own, flags, count = FILE.unpack_from(octets, at)
    if count > MAX_TERMS:
        raise OverBudget(f"a file of {count} ranges, and the limit is {MAX_TERMS}")
    has_ranges, has_digest = bool(flags & WITH_RANGES), bool(flags & WITH_DIGEST)
    first = at + ENTRY
    ranges = first + count * ENTRY
    digest = ranges + count * ENTRY * has_ranges
    end = digest + ENTRY * has_digest
    if end > len(octets):
        raise Malformed("the shard ends within a file")
    terms = []
    for number in range(count):
        xorb, _, size, start, last = TERM.unpack_from(octets, first + number * ENTRY)
        if start >= last:
            raise Malformed("a file names a range of chunks that is empty or backwards")
        place = ranges + number * ENTRY
        proof = octets[place : place + SIZE] if has_ranges else None
        terms.append(Term(xorb, size, start, last, proof))
    # A SHA-256 is written like a hash of Xet, so that its octets stand in another order.
    named = Digest(text(octets[digest : digest + SIZE])) if has_digest else None
    return File(own, tuple(terms), named), end
