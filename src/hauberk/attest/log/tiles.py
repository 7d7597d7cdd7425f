"""Tiles: the tree and its entries cut into files that never change once they are full.

Source: C2SP tlog-tiles.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hauberk.core.errors import Malformed, OverBudget

TILE_WIDTH = 256  # hashes of a full tile, and entries of a full bundle
TILE_BITS = 8
HASH_BYTES = 32
MAX_LEVEL = 7  # levels above hold less than one hash of a tree of 2^63 entries
MAX_ENTRY = 0xFFFF  # bytes: a bundle writes an entry's length into 16 bits
MAX_BUNDLE = TILE_WIDTH * (2 + MAX_ENTRY)  # bytes
MAX_SIZE = 1 << 63  # entries: what a store's integers hold
NUMBER = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}")


@dataclass(frozen=True, slots=True)
class FullTile:
    """256 hashes of one level, and the hash that stands for them in the level above."""

    level: int
    number: int
    octets: bytes
    root: bytes


@dataclass(frozen=True, slots=True)
class TileName:
    """A tile of hashes, or, where `level` is None, a bundle of entries; narrower than 256 if partial."""

    level: int | None
    number: int
    width: int = TILE_WIDTH

    def path(self) -> str:
        """Where the tile lies below the log's folder, with /."""
        groups = f"{self.number:03d}"
        groups = groups.zfill(-(-len(groups) // 3) * 3)
        parts = [groups[at : at + 3] for at in range(0, len(groups), 3)]
        name = "/".join([*(f"x{each}" for each in parts[:-1]), parts[-1]])
        suffix = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{'entries' if self.level is None else self.level}/{name}{suffix}"


def width_of(size: int, level: int | None, number: int) -> int:
    """How many hashes or entries the tile has in a tree of `size`; 0 if it has none."""
    there = size >> (TILE_BITS * (level or 0))
    return max(0, min(TILE_WIDTH, there - number * TILE_WIDTH))


def tiles_of(size: int) -> Iterator[TileName]:
    """Every bundle and tile of a tree of `size`, entries first, then level by level."""
    for level in (None, *range(MAX_LEVEL + 1)):
        count = -(-(size >> (TILE_BITS * (level or 0))) // TILE_WIDTH)
        for number in range(count):
            yield TileName(level, number, width_of(size, level, number))


def bundle_of(entries: Iterable[bytes]) -> bytes:
    """The entries, each after its length. Raises OverBudget for an entry that is too long."""
    return b"".join(_framed(each) for each in entries)


def _framed(entry: bytes) -> bytes:
    if len(entry) > MAX_ENTRY:
        raise OverBudget(f"an entry of {len(entry)} bytes, and a log takes up to {MAX_ENTRY}")
    return struct.pack(">H", len(entry)) + entry


def read_bundle(octets: bytes) -> list[bytes]:
    """The entries in a bundle. Raises Malformed or OverBudget."""
    if len(octets) > MAX_BUNDLE:
        raise OverBudget(f"a bundle of {len(octets)} bytes")
    found: list[bytes] = []
    at = 0
    while at < len(octets):
        length = int.from_bytes(octets[at : at + 2])
        if at + 2 + length > len(octets):
            raise Malformed(f"a bundle that ends inside its entry {len(found)}", at)
        found.append(octets[at + 2 : at + 2 + length])
        at += 2 + length
    if len(found) > TILE_WIDTH:
        raise Malformed(f"a bundle of {len(found)} entries, and {TILE_WIDTH} are full")
    return found


def read_tile(octets: bytes) -> list[bytes]:
    """The hashes in a tile. Raises Malformed."""
    if len(octets) % HASH_BYTES or len(octets) > TILE_WIDTH * HASH_BYTES:
        raise Malformed(f"a tile of {len(octets)} bytes")
    return [octets[at : at + HASH_BYTES] for at in range(0, len(octets), HASH_BYTES)]
