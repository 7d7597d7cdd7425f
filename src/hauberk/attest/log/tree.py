"""The Merkle tree of a log: how hashes join, and how a tree grows without being read again.

Source: RFC 9162, section 2.1.1 (the same tree as RFC 6962).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hauberk.attest.log.tiles import TILE_WIDTH, FullTile

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry; its prefix keeps it apart from inner nodes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree: all that is needed to make it grow.

    `peaks` are the roots of the complete subtrees, largest first. `partial[l]` are the hashes of the
    last, unfinished tile of level l.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()
    partial: tuple[tuple[bytes, ...], ...] = ()

    def root(self) -> bytes:
        """The root of the tree up to here."""
        if not self.peaks:
            return EMPTY_ROOT
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = node_hash(peak, found)
        return found


@dataclass(frozen=True, slots=True)
class Grown:
    """A tree after growing, and the tiles that this completed."""

    edge: Edge
    tiles: tuple[FullTile, ...]


def grow(edge: Edge, leaves: Iterable[bytes]) -> Grown:
    """The tree with these leaf hashes after its last."""
    size, peaks = edge.size, list(edge.peaks)
    partial = [list(each) for each in edge.partial]
    tiles: list[FullTile] = []
    for leaf in leaves:
        size = _add_leaf(size, peaks, leaf)
        _add_to_tiles(size, partial, tiles, leaf)
    return Grown(Edge(size, tuple(peaks), tuple(tuple(each) for each in partial)), tuple(tiles))


def _add_leaf(size: int, peaks: list[bytes], leaf: bytes) -> int:
    peaks.append(leaf)
    for _ in range(_trailing_ones(size)):
        right = peaks.pop()
        peaks.append(node_hash(peaks.pop(), right))
    return size + 1


def _add_to_tiles(size: int, partial: list[list[bytes]], tiles: list[FullTile], leaf: bytes) -> None:
    level, joined, span = 0, leaf, TILE_WIDTH
    while True:
        if level == len(partial):
            partial.append([])
        partial[level].append(joined)
        if len(partial[level]) < TILE_WIDTH:
            return
        joined = layers_of(partial[level])[-1][0]
        tiles.append(FullTile(level, size // span - 1, b"".join(partial[level]), joined))
        partial[level], level, span = [], level + 1, span * TILE_WIDTH


def _trailing_ones(number: int) -> int:
    return (~number & (number + 1)).bit_length() - 1


def layers_of(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """The complete nodes over neighbouring hashes, layer by layer from the hashes up."""
    layers = [list(hashes)]
    while len(below := layers[-1]) > 1:
        layers.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return layers


def edge_of(size: int, partial: Sequence[Sequence[bytes]]) -> Edge:
    """The edge of a tree of `size`, from the hashes of its unfinished tiles, lowest level first."""
    peaks: list[bytes] = []
    for hashes in reversed(partial):
        peaks += _peaks(hashes)
    return Edge(size, tuple(peaks), tuple(tuple(each) for each in partial))


def _peaks(hashes: Sequence[bytes]) -> list[bytes]:
    found: list[bytes] = []
    for number, each in enumerate(hashes):
        _add_leaf(number, found, each)
    return found
