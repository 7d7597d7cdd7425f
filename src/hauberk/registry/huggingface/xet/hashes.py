"""The hashes of Xet: BLAKE3 with a key for each purpose, and trees of them.

Source: huggingface/xet-core, spec/hashing.md.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from hauberk.core.errors import Malformed

SIZE = 32  # bytes
CHUNK = bytes.fromhex("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229")
NODE = bytes.fromhex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")
RANGE = bytes.fromhex("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3")
SALT = bytes(SIZE)
BRANCHES = 4  # of a node, in the mean
MAX_BRANCHES = 2 * BRANCHES + 1
MIN_BRANCHES = 3  # but for the last node of a level
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


class Tree:
    """The tree over chunks that come one after the other; only the open end of each level is kept."""

    def __init__(self) -> None:
        self.levels: list[list[Chunk]] = []

    def add(self, chunk: Chunk) -> None:
        """Take the next chunk."""
        for level in self.levels:
            level.append(chunk)
            if not _is_full(level):
                return
            chunk = _node(level)
            level.clear()
        self.levels.append([chunk])

    def root(self) -> bytes:
        """The hash of a xorb of the chunks. No chunks have the hash of zeros."""
        left: list[Chunk] = []
        for number, level in enumerate(self.levels):
            children = level + left
            if number == len(self.levels) - 1 and len(children) == 1:
                return children[0][0]
            left = [_node(children)] if children else []
        return left[0][0] if left else bytes(SIZE)

    def of_file(self) -> bytes:
        """The hash of a file of the chunks."""
        return keyed(self.root(), SALT) if self.levels else bytes(SIZE)


def root(chunks: Iterable[Chunk]) -> bytes:
    """The hash of a xorb: the root of the tree over its chunks."""
    return _tree(chunks).root()


def of_file(chunks: Iterable[Chunk]) -> bytes:
    """The hash of a file."""
    return _tree(chunks).of_file()


def of_range(chunks: Iterable[Chunk]) -> bytes:
    """The hash that proves that a range of chunks of a xorb is known."""
    return keyed(b"".join(found for found, _ in chunks), RANGE)


def _tree(chunks: Iterable[Chunk]) -> Tree:
    found = Tree()
    for each in chunks:
        found.add(each)
    return found


def _is_full(children: Sequence[Chunk]) -> bool:
    """Whether the next node has another parent: the hashes themselves say where one ends."""
    count = len(children)
    return count >= MAX_BRANCHES or (count >= MIN_BRANCHES and children[-1][0][24] % BRANCHES == 0)


def _node(children: Sequence[Chunk]) -> Chunk:
    lines = "".join(f"{text(found)} : {size}\n" for found, size in children)
    return keyed(lines.encode(), NODE), sum(size for _, size in children)
