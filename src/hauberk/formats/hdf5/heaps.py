"""Heaps: where HDF5 keeps names (local), values of no fixed length (global), and links (fractal).

Source: HDF5 File Format Specification Version 3.0, III.D, III.E and III.G.
"""

from __future__ import annotations

from dataclasses import dataclass

from hauberk.core.errors import Malformed, Unsupported
from hauberk.formats.hdf5.space import Space
from hauberk.formats.octets import Octets

# Bytes of a name in a local heap, NUL included.
MAX_NAME = 65_536
# Bytes of one value in a heap: the configuration of a large model is a few megabytes.
MAX_VALUE = 64 << 20
# Objects of one global heap collection: its indexes have 16 bits.
MAX_COLLECTED = 65_536
# Indirect blocks from the root of a fractal heap to an object.
MAX_LEVELS = 16


def local_name(space: Space, heap: int, offset: int) -> str:
    """The NUL-terminated name at that offset of a local heap."""
    octets = space.at(heap)
    if octets.take(4) != b"HEAP":
        raise Malformed("is no local heap", octets.at - 4)
    octets.skip(4)
    size = space.length(octets)
    space.length(octets)
    segment = space.place(octets)
    if offset >= size:
        raise Malformed(f"a name at {offset} of a heap of {size} bytes", octets.at)
    start = space.at(segment).at + offset
    return _terminated(Octets(space.content, start, ahead=256), min(size - offset, MAX_NAME))


def _terminated(octets: Octets, limit: int) -> str:
    found = octets.take(min(limit, octets.left), MAX_NAME)
    return found.partition(b"\0")[0].decode("utf-8", "replace")


def global_value(space: Space, collection: int, index: int) -> bytes:
    """The object of that index in a global heap collection."""
    octets = space.at(collection)
    start = octets.at
    if octets.take(4) != b"GCOL":
        raise Malformed("is no global heap", start)
    octets.skip(4)
    end = start + space.length(octets)
    for _ in range(MAX_COLLECTED):
        if octets.at + 8 + space.length_width > end:
            break
        found = octets.u16()
        octets.skip(6)
        size = space.length(octets)
        if found == index:
            return octets.take(size, MAX_VALUE)
        if found == 0:
            break
        octets.skip(size + -size % 8)
    raise Malformed(f"a global heap without its object {index}", start)


@dataclass(frozen=True, slots=True)
class FractalHeap:
    """A fractal heap's header: how its doubling table is laid out, and where its root is."""

    space: Space
    largest: int
    huge: int | None
    width: int
    first: int
    largest_block: int
    bits: int
    root: int
    rows: int
    id_length: int

    def object(self, identity: bytes) -> bytes:
        """The object with that heap id: inline, in a block, or on its own."""
        kind = identity[0] >> 4 & 3
        if kind == 2:
            return identity[1 : 2 + (identity[0] & 15)]
        if kind == 1:
            return self._huge(identity)
        wide = (self.bits + 7) // 8
        offset = int.from_bytes(identity[1 : 1 + wide], "little")
        length = int.from_bytes(identity[1 + wide : 1 + wide + self._length_width()], "little")
        octets = self.space.at(self._block(offset))
        return octets.take(length, MAX_VALUE)

    def _length_width(self) -> int:
        """Bytes of a length in an id. Source: HDF5 library, `H5HF__hdr_finish_init_phase1`."""
        return min((self.largest_block.bit_length() + 6) // 8, (self.largest.bit_length() + 7) // 8)

    def _huge(self, identity: bytes) -> bytes:
        """An object too large for blocks: its id says where it is, or is a key for that."""
        space = self.space
        if self.id_length - 1 >= space.address_width + space.length_width:
            found = identity[1:]
        else:
            from hauberk.formats.hdf5.trees import records

            if self.huge is None:
                raise Malformed("a huge object of a heap that has none")
            key = identity[1 : 1 + space.length_width].ljust(space.length_width, b"\0")
            found = next((each for each in records(space, self.huge) if each.endswith(key)), b"")
        wide = space.address_width
        if len(found) < wide + space.length_width:
            raise Malformed("a huge object that its heap does not know")
        length = int.from_bytes(found[wide : wide + space.length_width], "little")
        return space.at(int.from_bytes(found[:wide], "little")).take(length, MAX_VALUE)

    def _row(self, offset: int) -> int:
        return max(0, (offset // (self.width * self.first)).bit_length())

    def _block(self, offset: int) -> int:
        """The address of that offset of the heap's managed space."""
        if not self.rows:
            return self.root + offset
        block, base = self.root, 0
        for _ in range(MAX_LEVELS):
            inside = offset - base
            row = self._row(inside)
            size = self.first << max(0, row - 1)
            row_start = 0 if row == 0 else self.width * size
            column = (inside - row_start) // size
            child = self._child(block, row, column)
            base += row_start + column * size
            if size <= self.largest_block:
                return child + offset - base
            block = child
        raise Malformed("a fractal heap of too many levels")

    def _child(self, block: int, row: int, column: int) -> int:
        octets = self.space.at(block)
        if octets.take(4) != b"FHIB":
            raise Malformed("is no indirect block of a fractal heap", octets.at - 4)
        octets.skip(1 + self.space.address_width + (self.bits + 7) // 8)
        octets.skip((row * self.width + column) * self.space.address_width)
        return self.space.place(octets)


def fractal_heap(space: Space, address: int) -> FractalHeap:
    """The fractal heap whose header is at that address."""
    octets = space.at(address)
    if octets.take(4) != b"FRHP":
        raise Malformed("is no fractal heap", octets.at - 4)
    octets.skip(1)
    id_length, filters = octets.u16(), octets.u16()
    octets.skip(1)
    largest = octets.u32()
    if filters:
        raise Unsupported("a fractal heap with filters", octets.at)
    space.length(octets)
    huge = space.address(octets)
    space.length(octets)
    space.address(octets)
    for _ in range(8):
        space.length(octets)
    width, first, largest_block = octets.u16(), space.length(octets), space.length(octets)
    bits = octets.u16()
    octets.skip(2)
    root, rows = space.address(octets), octets.u16()
    if not (width and first and largest_block) or bits > 64 or id_length < 2:
        raise Malformed("a fractal heap whose sizes make no sense", octets.at)
    return FractalHeap(space, largest, huge, width, first, largest_block, bits, root or 0, rows, id_length)
