"""The hashes of Xet: BLAKE3 with a key for each purpose, and trees of them.

Source: huggingface/xet-core, spec/hashing.md.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from hauberk.core.errors import Malformed

SIZE = 32  # bytes
CHUNK = bytes.fromhex("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229")
NODE = bytes.fromhex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")
RANGE = bytes.fromhex("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3")
SALT = bytes(SIZE)
BRANCHES = 4  # of a node, in the mean
MAX_BRANCHES = 2 * BRANCHES + 1
HEX = frozenset("0123456789abcdef")

Chunk = tuple[bytes, int]  # the hash of a chunk, and its size in bytes


def keyed(octets: bytes | memoryview | bytearray, key: bytes) -> bytes:
    """BLAKE3 with a key."""
    from blake3 import blake3

    return blake3(octets, key=key).digest()


def text(found: bytes) -> str:
    """A hash as it is written: four little-endian numbers of 64 bits in hexadecimal."""
    return "".join(f"{each:016x}" for each in struct.unpack("<4Q", found))


def from_text(written: str) -> bytes:
    """The hash that was written. Raises Malformed."""
    if len(written) != 2 * SIZE or set(written) - HEX:
        raise Malformed(f"{written[:80]!a} is no hash of Xet")
    return struct.pack("<4Q", *(int(written[start : start + 16], 16) for start in range(0, 64, 16)))


def root(chunks: Sequence[Chunk]) -> bytes:
    """The hash of a xorb: the root of the tree over its chunks. No chunks have the hash of zeros."""
    if not chunks:
        return bytes(SIZE)
    level = list(chunks)
    while len(level) > 1:
        above, first = [], 0
        while first < len(level):
            last = first + _cut(level, first)
            above.append(_node(level[first:last]))
            first = last
        level = above
    return level[0][0]


def of_file(chunks: Sequence[Chunk]) -> bytes:
    """The hash of a file."""
    return keyed(root(chunks), SALT) if chunks else bytes(SIZE)


def of_range(chunks: Sequence[Chunk]) -> bytes:
    """The hash that proves that a range of chunks of a xorb is known."""
    return keyed(b"".join(found for found, _ in chunks), RANGE)


def _cut(level: Sequence[Chunk], first: int) -> int:
    """How many nodes from `first` on have the same parent: the hashes themselves say where it ends."""
    left = len(level) - first
    if left <= 2:
        return left
    end = min(MAX_BRANCHES, left)
    for count in range(2, end):
        if level[first + count][0][24] % BRANCHES == 0:
            return count + 1
    return end


def _node(children: Sequence[Chunk]) -> Chunk:
    lines = "".join(f"{text(found)} : {size}\n" for found, size in children)
    return keyed(lines.encode(), NODE), sum(size for _, size in children)
