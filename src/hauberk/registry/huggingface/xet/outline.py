"""Outlines: a file that is kept whole, as the xorbs that it is sent in.

Clients take files above 50 GB in this way alone. To be read, a file need not be cut where its content says:
every chunk here is as large as a chunk may be, so that an outline is one hash for each 32 MiB, and a xorb is
packed while it is sent. Source: huggingface/xet-core, spec/api.md, "Get File Reconstruction".
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from hauberk.core.errors import Malformed
from hauberk.core.statement import Json
from hauberk.registry.huggingface.xet.hashes import CHUNK, SIZE, Tree, keyed, text
from hauberk.registry.huggingface.xet.xorb import HEADER, MAX_CHUNK, PLAIN

XORB_CHUNKS = 256
XORB_SIZE = XORB_CHUNKS * MAX_CHUNK  # bytes of a file that one xorb holds: 32 MiB
BATCH = 16  # chunks that are sent at once


@dataclass(frozen=True, slots=True)
class Outline:
    """A file in xorbs: its size in bytes, its Xet hash, and the hashes of its xorbs, in order."""

    size: int
    hash: bytes
    xorbs: tuple[bytes, ...]

    def packed(self) -> bytes:
        """The hashes of the xorbs as they are kept."""
        return b"".join(self.xorbs)


@dataclass(frozen=True, slots=True)
class Part:
    """Chunks `first` to before `last` of xorb `number`: `size` bytes of the file, from `start` on."""

    number: int
    first: int
    last: int
    start: int
    size: int


def packed_size(size: int) -> int:
    """Bytes that are sent for so many of a file, the first of which begin a chunk."""
    return size + HEADER.size * -(-size // MAX_CHUNK)


def outline_of(source: BinaryIO) -> Outline:
    """The outline of the file, which is read from its beginning on, in constant memory."""
    source.seek(0)
    view = memoryview(bytearray(MAX_CHUNK))
    whole, tree, xorbs, size = Tree(), Tree(), [], 0
    while count := source.readinto(view):  # type: ignore[attr-defined]  # every open file has it
        chunk = (keyed(view[:count], CHUNK), count)
        tree.add(chunk)
        whole.add(chunk)
        size += count
        if size % XORB_SIZE == 0:
            xorbs.append(tree.root())
            tree = Tree()
    if size % XORB_SIZE:
        xorbs.append(tree.root())
    return Outline(size, whole.of_file(), tuple(xorbs))


def read_outline(size: int, own: bytes, kept: bytes) -> Outline:
    """The outline that was kept. Raises Malformed."""
    if len(kept) != -(-size // XORB_SIZE) * SIZE or len(own) != SIZE:
        raise Malformed(f"the outline of a file of {size} bytes has {len(kept) // SIZE} xorbs")
    return Outline(size, own, tuple(kept[at : at + SIZE] for at in range(0, len(kept), SIZE)))


def parts_of(outline: Outline, start: int, end: int) -> Iterator[Part]:
    """The parts that hold the bytes `start` to before `end`, of which there is at least one."""
    for number in range(start // XORB_SIZE, (end - 1) // XORB_SIZE + 1):
        origin = number * XORB_SIZE
        first = max(start - origin, 0) // MAX_CHUNK
        last = -(-min(end - origin, XORB_SIZE) // MAX_CHUNK)
        begin = origin + first * MAX_CHUNK
        yield Part(number, first, last, begin, min(origin + last * MAX_CHUNK, outline.size) - begin)


def reconstruction(outline: Outline, asked: tuple[int, int], address: str) -> dict[str, Json]:
    """What makes the bytes that were asked for: from which to before which.

    `address` is where parts are found, and ends where the place and the size of one in the file follow.
    """
    terms: list[Json] = []
    fetched: dict[str, Json] = {}
    parts = tuple(parts_of(outline, *asked))
    for part in parts:
        name, chunks = text(outline.xorbs[part.number]), {"start": part.first, "end": part.last}
        terms.append({"hash": name, "unpacked_length": part.size, "range": dict(chunks)})
        found: dict[str, Json] = {
            "range": dict(chunks),
            "url": f"{address}/{part.start}/{part.size}",
            "url_range": {"start": 0, "end": packed_size(part.size) - 1},
        }
        several = fetched.setdefault(name, [])
        assert isinstance(several, list)
        if not any(isinstance(each, dict) and each["range"] == found["range"] for each in several):
            several.append(found)
    offset = asked[0] - parts[0].start
    return {"offset_into_first_range": offset, "terms": terms, "fetch_info": fetched}


def packed(source: BinaryIO, start: int, size: int) -> Iterator[bytes]:
    """A part of the file as it is sent, a few chunks at a time; it begins where a chunk does.

    Raises Malformed for a part that cannot be, and for a file that ends within it.
    """
    if start % MAX_CHUNK or not 0 < size <= XORB_SIZE - start % XORB_SIZE:
        raise Malformed(f"no part of a file has {size} bytes from {start} on")
    left = size
    while left:
        octets = memoryview(os.pread(source.fileno(), min(left, BATCH * MAX_CHUNK), start + size - left))
        if len(octets) < min(left, BATCH * MAX_CHUNK):
            raise Malformed("the file ends within its outline")
        left -= len(octets)
        found: list[bytes | memoryview] = []
        for at in range(0, len(octets), MAX_CHUNK):
            chunk = octets[at : at + MAX_CHUNK]
            length = len(chunk).to_bytes(3, "little")
            found += (HEADER.pack(0, length, PLAIN, length), chunk)
        yield b"".join(found)
