"""A prover: proofs about a tree, from its tiles.

Source: RFC 9162, sections 2.1.3.1 and 2.1.4.1.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from hauberk.attest.log.tiles import HASH_BYTES, TILE_BITS, TileName, width_of
from hauberk.attest.log.tree import EMPTY_ROOT, layers_of, node_hash
from hauberk.core.errors import Malformed, UsageError

# 16 KiB each, 64 MiB together: the lowest tiles of a million entries.
TILES_KEPT = 4096
EDGES_KEPT = 1024

Reader = Callable[[TileName], Sequence[bytes]]


class Prover:
    """Makes proofs. `read` gives the hashes of a tile; what it gave is kept, as tiles do not change."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._kept: OrderedDict[tuple[int, int, int], tuple[bytes, ...]] = OrderedDict()
        self._edges: dict[tuple[int, int], bytes] = {}
        self._lock = Lock()

    def root(self, size: int) -> bytes:
        """The root of the first `size` entries."""
        return self._range(0, size, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """The hashes from the sibling of entry `index` up to the root of the first `size` entries."""
        if not 0 <= index < size:
            raise UsageError(f"entry {index} of a log of {size}")
        found: list[bytes] = []
        level = 0
        while (1 << TILE_BITS * level) < size:
            layers = self._layers(level, index >> TILE_BITS * (level + 1), size)
            self._siblings(found, layers, TILE_BITS * level, index, size)
            level += 1
        return tuple(found)

    def _siblings(
        self, found: list[bytes], layers: tuple[bytes, ...], base: int, index: int, size: int
    ) -> None:
        # `layers` are the nodes of one tile, `base` the height of its hashes above the entries.
        for layer in range(TILE_BITS):
            height = base + layer
            sibling = (index >> height) ^ 1
            start = sibling << height
            if (1 << height) >= size:
                return
            if start + (1 << height) <= size:
                at = (sibling & ((1 << (TILE_BITS - layer)) - 1)) * HASH_BYTES
                found.append(layers[layer][at : at + HASH_BYTES])
            elif start < size:
                found.append(self._edge(start, size))

    def _edge(self, start: int, size: int) -> bytes:
        # Few ranges reach the right edge of a tree, and every proof needs one of them.
        key = (start, size)
        if (found := self._edges.get(key)) is None:
            if len(self._edges) >= EDGES_KEPT:
                self._edges.clear()
            found = self._edges[key] = self._range(start, size, size)
        return found

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """The hashes which show that the first `new` entries begin with the first `old` ones."""
        if not 0 <= old <= new:
            raise UsageError(f"a log of {new} entries did not grow from one of {old}")
        if old in (0, new):
            return ()
        # SUBPROOF of the RFC, walked down from the root; its hashes come out highest first.
        found: list[bytes] = []
        start, stop, is_whole = 0, new, True
        while old != stop:
            half = start + (1 << ((stop - start - 1).bit_length() - 1))
            if old <= half:
                found.append(self._range(half, stop, new))
                stop = half
            else:
                found.append(self._range(start, half, new))
                start, is_whole = half, False
        if not is_whole:
            found.append(self._range(start, stop, new))
        return tuple(reversed(found))

    def _range(self, start: int, stop: int, size: int) -> bytes:
        # `start` is a multiple of a power of two that is no less than half of what follows.
        peaks: list[bytes] = []
        while start < stop:
            height = (stop - start).bit_length() - 1
            peaks.append(self._node(height, start >> height, size))
            start += 1 << height
        found = peaks.pop()
        while peaks:
            found = node_hash(peaks.pop(), found)
        return found

    def _node(self, height: int, index: int, size: int) -> bytes:
        level, layer = divmod(height, TILE_BITS)
        number, place = index >> (TILE_BITS - layer), index & ((1 << (TILE_BITS - layer)) - 1)
        layers = self._layers(level, number, size)
        return layers[layer][place * HASH_BYTES : (place + 1) * HASH_BYTES]

    def _layers(self, level: int, number: int, size: int) -> tuple[bytes, ...]:
        key = (level, number, width_of(size, level, number))
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return found
        name = TileName(*key)
        hashes = self._read(name) if name.width else []
        if len(hashes) != name.width:
            raise Malformed(f"{name.path()}: {len(hashes)} hashes, and {name.width} are needed")
        found = tuple(b"".join(each) for each in layers_of(hashes)) if hashes else ()
        with self._lock:
            self._kept[key] = found
            if len(self._kept) > TILES_KEPT:
                self._kept.popitem(last=False)
        return found
