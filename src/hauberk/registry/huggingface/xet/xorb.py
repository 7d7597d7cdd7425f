"""Xorbs: packs of chunks. They are unpacked and checked as they come, and kept as plain bytes with an index.

Source: huggingface/xet-core, spec/xorb.md.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO

from hauberk.core.errors import Malformed, OverBudget
from hauberk.registry.huggingface.xet.hashes import CHUNK, SIZE, Chunk, keyed, root

HEADER = struct.Struct("<B3sB3s")
FOOTER = b"XETBLOB"
MAX_PACKED = 64 << 20  # bytes of a xorb as it comes, its footer apart
MAX_UNPACKED = 64 << 20  # bytes of its chunks
MAX_CHUNK = 128 << 10  # bytes
MAX_CHUNKS = 8 << 10
MAX_FOOTER = MAX_CHUNKS * 48 + 1024  # bytes; it repeats what the chunks say, and is passed over
PLAIN, LZ4, GROUPED = range(3)
MARK = b"hauberk unpacked xorb 1"
ROW = SIZE + 4  # bytes of the index for each chunk: its hash and its size
END = struct.Struct(f"<I{len(MARK)}s")


class Unpacker:
    """Takes a xorb piece by piece and writes its chunks, unpacked, to a file."""

    def __init__(self, target: BinaryIO) -> None:
        self.target = target
        self.rest = b""  # of the last piece: less than one chunk
        self.chunks: list[Chunk] = []
        self.packed = self.size = self.footer = 0

    def feed(self, octets: bytes) -> None:
        """Take the next piece. Raises Malformed and OverBudget."""
        if self.footer:
            self._pass_footer(len(octets))
            return
        view = memoryview(self.rest + octets if self.rest else octets)
        at = 0
        while at + HEADER.size <= len(view):
            if view[at : at + len(FOOTER)] == FOOTER:
                self._pass_footer(len(view) - at)
                at = len(view)
                break
            version, packed, scheme, size = HEADER.unpack_from(view, at)
            packed, size = int.from_bytes(packed, "little"), int.from_bytes(size, "little")
            if version != 0 or not 0 < size <= MAX_CHUNK or not 0 < packed <= MAX_CHUNK:
                raise Malformed(f"chunk {len(self.chunks)} of the xorb has a header that cannot be")
            end = at + HEADER.size + packed
            if end > len(view):
                break
            self._take(view[at + HEADER.size : end], scheme, size)
            at = end
        self._count(at)
        self.rest = bytes(view[at:])

    def _count(self, octets: int) -> None:
        self.packed += octets
        if self.packed > MAX_PACKED + MAX_FOOTER:
            raise OverBudget(f"a xorb of more than {MAX_PACKED} bytes")

    def _pass_footer(self, octets: int) -> None:
        self.footer += octets
        if self.footer > MAX_FOOTER:
            raise OverBudget(f"the footer of a xorb has more than {MAX_FOOTER} bytes")

    def _take(self, packed: memoryview, scheme: int, size: int) -> None:
        if len(self.chunks) >= MAX_CHUNKS or self.size + size > MAX_UNPACKED:
            raise OverBudget(f"a xorb of more than {MAX_CHUNKS} chunks or {MAX_UNPACKED} bytes")
        octets = unpacked(packed, scheme, size)
        self.chunks.append((keyed(octets, CHUNK), size))
        self.size += size
        self.target.write(octets)

    def finish(self) -> bytes:
        """The hash of the xorb that came, whose index is written behind its chunks. Raises Malformed."""
        if self.rest:
            raise Malformed(f"the xorb ends within its chunk {len(self.chunks)}")
        if not self.chunks:
            raise Malformed("the xorb has no chunk")
        for found, size in self.chunks:
            self.target.write(found + struct.pack("<I", size))
        self.target.write(END.pack(len(self.chunks), MARK))
        return root(self.chunks)


def unpacked(packed: bytes | memoryview, scheme: int, size: int) -> bytes | memoryview:
    """A chunk's bytes, of which there must be `size`. Raises Malformed."""
    found: bytes | memoryview
    if scheme == PLAIN:
        found = packed
    elif scheme == LZ4:
        found = _lz4(packed, size)
    elif scheme == GROUPED:
        found = _ungrouped(_lz4(packed, size))
    else:
        raise Malformed(f"a chunk is compressed in way {scheme}, which is unknown")
    if len(found) != size:
        raise Malformed(f"a chunk says {size} bytes, and is not that")
    return found


def _lz4(packed: bytes | memoryview, size: int) -> bytes:
    from lz4.frame import LZ4FrameDecompressor  # type: ignore[import-untyped]  # the package has no types

    reader = LZ4FrameDecompressor()
    try:
        found: bytes = reader.decompress(packed, max_length=size + 1)
    except (RuntimeError, EOFError) as error:
        raise Malformed("a chunk is no frame of LZ4") from error
    if not reader.eof or reader.unused_data:
        raise Malformed(f"a chunk is longer than the {size} bytes that it says, or ends early")
    return found


def _ungrouped(grouped: bytes) -> bytes:
    """Bytes that were sorted by their place within four, in order again."""
    size = len(grouped)
    found = bytearray(size)
    first = 0
    for place in range(4):
        count = (size - place + 3) // 4
        found[place::4] = grouped[first : first + count]
        first += count
    return bytes(found)


@dataclass(frozen=True, slots=True)
class Index:
    """The chunks of a xorb that was kept, and where each begins; one more offset for the end."""

    chunks: tuple[Chunk, ...]
    offsets: tuple[int, ...]


def read_index(source: BinaryIO) -> Index:
    """The index of an unpacked xorb. Raises Malformed for a file that is none."""
    whole = source.seek(0, 2)
    source.seek(max(0, whole - END.size))
    end = source.read(END.size)
    count, mark = END.unpack(end) if len(end) == END.size else (0, b"")
    start = whole - END.size - count * ROW
    if mark != MARK or count > MAX_CHUNKS or start < 0:
        raise Malformed("this is no unpacked xorb")
    source.seek(start)
    rows = source.read(count * ROW)
    chunks = tuple(
        (rows[at : at + SIZE], struct.unpack_from("<I", rows, at + SIZE)[0])
        for at in range(0, len(rows), ROW)
    )
    offsets = tuple(accumulate((size for _, size in chunks), initial=0))
    if offsets[-1] != start:
        raise Malformed("the unpacked xorb contradicts its index")
    return Index(chunks, offsets)
