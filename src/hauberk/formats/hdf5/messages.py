"""Object headers: the messages that describe one group or dataset.

Source: HDF5 File Format Specification Version 3.0, IV.A.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from hauberk.core.asset import Bytes
from hauberk.core.errors import Malformed, Unsupported
from hauberk.formats.hdf5.space import Space
from hauberk.formats.octets import Octets

# Continuation blocks of one object header, and messages in it: honest ones have tens.
MAX_BLOCKS = 4_096
MAX_MESSAGES = 100_000
# Bytes of one message: the format counts them with 16 bits.
MAX_MESSAGE = 1 << 16
SHARED = 2


class Kind(IntEnum):
    """Message types that say something which rules want to know."""

    DATASPACE = 0x01
    LINK_INFO = 0x02
    DATATYPE = 0x03
    LINK = 0x06
    EXTERNAL_FILES = 0x07
    LAYOUT = 0x08
    FILTERS = 0x0B
    ATTRIBUTE = 0x0C
    CONTINUATION = 0x10
    SYMBOL_TABLE = 0x11
    ATTRIBUTE_INFO = 0x15


# Null, fill values, group info, comment, times, shared tables, B-tree sizes, driver, counts.
SILENT = {0x00, 0x04, 0x05, 0x0A, 0x0D, 0x0E, 0x0F, 0x12, 0x13, 0x14, 0x16, 0x17}


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its number, flags, and bytes."""

    kind: int
    flags: int
    octets: bytes

    def open(self) -> Octets:
        """The message's bytes, from their beginning."""
        return Octets(Bytes(self.octets))


def messages(space: Space, address: int) -> Iterator[Message]:
    """Every message of the object header at that address, continuations included."""
    octets = space.at(address)
    if octets.take(4) == b"OHDR":
        yield from _new(space, octets)
        return
    octets.at -= 4
    yield from _old(space, octets)


def _old(space: Space, octets: Octets) -> Iterator[Message]:
    if octets.u8() != 1:
        raise Malformed("is no object header", octets.at - 1)
    octets.skip(1)
    left = octets.u16()
    octets.skip(4)
    blocks = [(octets.at + 8, octets.u32())]  # 4 bytes of padding follow the size
    for count, (start, size) in enumerate(_growing(blocks)):
        if count > MAX_BLOCKS:
            raise Malformed(f"an object header of more than {MAX_BLOCKS} blocks", start)
        octets.at = start
        while octets.at + 8 <= start + size and left:
            left -= 1
            kind, length, flags = octets.u16(), octets.u16(), octets.u8()
            octets.skip(3)
            found = Message(kind, flags, octets.take(length, MAX_MESSAGE))
            if kind == Kind.CONTINUATION:
                blocks.append(_continued(space, found))
            else:
                yield found


def _new(space: Space, octets: Octets) -> Iterator[Message]:
    if octets.u8() != 2:
        raise Unsupported("an object header of a version beyond 2", octets.at - 1)
    flags = octets.u8()
    octets.skip((16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0))
    size = octets.number("BHIQ"[flags & 3])
    blocks = [(octets.at, size)]
    tracked = 2 if flags & 4 else 0
    total = 0
    for count, (start, length) in enumerate(_growing(blocks)):
        if count > MAX_BLOCKS:
            raise Malformed(f"an object header of more than {MAX_BLOCKS} blocks", start)
        octets.at = start
        end = start + length
        if count:
            if octets.take(4) != b"OCHK":
                raise Malformed("is no continuation of an object header", start)
            end -= 4
        while octets.at + 4 + tracked <= end:
            total += 1
            if total > MAX_MESSAGES:
                raise Malformed(f"an object header of more than {MAX_MESSAGES} messages", start)
            kind, width, marks = octets.u8(), octets.u16(), octets.u8()
            octets.skip(tracked)
            found = Message(kind, marks, octets.take(width, MAX_MESSAGE))
            if kind == Kind.CONTINUATION:
                blocks.append(_continued(space, found))
            else:
                yield found


def _growing(blocks: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(blocks):
        yield blocks[at]
        at += 1


def _continued(space: Space, message: Message) -> tuple[int, int]:
    octets = message.open()
    return space.start + space.place(octets), space.length(octets)
