"""Xorbs and shards as a client would send them, true or not."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from lz4.frame import compress

from hauberk.core.digest import Digest
from hauberk.registry.huggingface.xet.hashes import CHUNK, Chunk, from_text, keyed
from hauberk.registry.huggingface.xet.shard import (
    BOOKEND,
    FILE,
    HEADER,
    TAG,
    TERM,
    WITH_DIGEST,
    WITH_RANGES,
    File,
)
from hauberk.registry.huggingface.xet.xorb import GROUPED, LZ4, PLAIN


def packed(octets: bytes, scheme: int) -> bytes:
    """A chunk's bytes in one of the three ways."""
    if scheme == GROUPED:
        octets = b"".join(octets[place::4] for place in range(4))
    return octets if scheme == PLAIN else compress(octets)


def entry(body: bytes, scheme: int, size: int, version: int = 0) -> bytes:
    """A chunk as it stands in a xorb, whatever is said of it."""
    lengths = len(body).to_bytes(3, "little") + bytes([scheme]) + size.to_bytes(3, "little")
    return bytes([version]) + lengths + body


def xorb(chunks: Sequence[bytes], schemes: Sequence[int] = (PLAIN, LZ4, GROUPED)) -> bytes:
    """A xorb of the chunks, packed in these ways by turns, without a footer."""
    found = []
    for number, each in enumerate(chunks):
        scheme = schemes[number % len(schemes)]
        found.append(entry(packed(each, scheme), scheme, len(each)))
    return b"".join(found)


def hashed(chunks: Sequence[bytes]) -> list[Chunk]:
    """The chunks' hashes and sizes."""
    return [(keyed(each, CHUNK), len(each)) for each in chunks]


def digest_row(digest: Digest) -> bytes:
    """A SHA-256 as a shard has it."""
    return from_text(digest.hex) + bytes(16)


def shard(files: Sequence[File], version: int = 2) -> bytes:
    """A shard that describes the files."""
    found = [HEADER.pack(TAG, version, 0)]
    for file in files:
        has_ranges = any(each.proof for each in file.terms)
        flags = WITH_RANGES * has_ranges | WITH_DIGEST * (file.digest is not None)
        found.append(FILE.pack(file.hash, flags, len(file.terms)))
        found += [TERM.pack(each.xorb, 0, each.size, each.first, each.last) for each in file.terms]
        if has_ranges:
            found += [struct.pack("<32s16x", each.proof or bytes(32)) for each in file.terms]
        if file.digest is not None:
            found.append(digest_row(file.digest))
    return b"".join((*found, BOOKEND, bytes(16)))
