"""Types, shapes and attribute values, as far as text and pickles are concerned.

Source: HDF5 File Format Specification Version 3.0, IV.A.2.b, IV.A.2.d and IV.A.2.m.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from hauberk.core.errors import Malformed, Unsupported
from hauberk.formats.hdf5.heaps import MAX_VALUE, global_value
from hauberk.formats.hdf5.messages import SHARED, Kind, Message, messages
from hauberk.formats.hdf5.space import Space
from hauberk.formats.octets import Octets

STRING, OPAQUE, VARIABLE = 3, 5, 9
# Values of one attribute that are read: lists of layer names have hundreds.
MAX_VALUES = 10_000
# Dimensions that the library allows. Source: H5S_MAX_RANK.
MAX_RANK = 32
# Committed types that refer to committed types.
MAX_HOPS = 8


@dataclass(frozen=True, slots=True)
class Datatype:
    """A type's class, bytes of one element, and for variable-length ones the class of its parts."""

    kind: int
    size: int
    part_kind: int = -1
    part_size: int = 0
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name, and its values where they are text or raw bytes."""

    name: str
    values: tuple[bytes, ...]


def datatype(octets: Octets) -> Datatype:
    """The type that stands next; what follows its head is passed over only for variable lengths."""
    kind, bits = octets.u8() & 15, octets.u8()
    octets.skip(2)
    size = octets.u32()
    if kind != VARIABLE:
        return Datatype(kind, size, is_text=kind == STRING)
    part = octets.u8() & 15
    octets.skip(3)
    return Datatype(kind, size, part, octets.u32(), bits & 15 == 1)


def shared_type(space: Space, message: Message, hops: int = 0) -> Datatype:
    """The type of a datatype message, which may be committed elsewhere."""
    return _shared_type(space, message.open(), bool(message.flags & SHARED), hops)


def _shared_type(space: Space, octets: Octets, is_shared: bool, hops: int) -> Datatype:
    if not is_shared:
        return datatype(octets)
    version, kind = octets.u8(), octets.u8()
    if hops > MAX_HOPS or version not in (1, 2, 3) or (version == 3 and kind != 2):
        raise Unsupported("a type that is shared in a way we do not follow", octets.at)
    octets.skip(6 if version == 1 else 0)
    for found in messages(space, space.place(octets)):
        if found.kind == Kind.DATATYPE:
            return shared_type(space, found, hops + 1)
    raise Malformed("a type that is shared from where there is none", octets.at)


def shape(space: Space, octets: Octets) -> tuple[int, ...] | None:
    """The sizes along each dimension: () is a scalar, None is no value at all."""
    version, rank, flags = octets.u8(), octets.u8(), octets.u8()
    if version not in (1, 2) or rank > MAX_RANK:
        raise Malformed(f"a dataspace of version {version} and {rank} dimensions", octets.at)
    kind = octets.u8()
    octets.skip(4 if version == 1 else 0)
    if version == 2 and kind == 2:
        return None
    _ = flags  # bit 0: the largest sizes follow, which nobody has to hold in memory
    return tuple(space.length(octets) for _ in range(rank))


def attribute(space: Space, octets: Octets) -> Attribute:
    """The attribute that stands next, with its text."""
    version, flags = octets.u8(), octets.u8()
    if version not in (1, 2, 3):
        raise Unsupported(f"an attribute of version {version}", octets.at)
    sizes = octets.u16(), octets.u16(), octets.u16()
    octets.skip(1 if version == 3 else 0)
    padded = [size + (-size % 8 if version == 1 else 0) for size in sizes]
    name = octets.take(padded[0]).partition(b"\0")[0].decode("utf-8", "replace")
    start = octets.at
    kind = _shared_type(space, octets, bool(version > 1 and flags & 1), 0)
    octets.at = start + padded[1]
    if version > 1 and flags & 2:
        raise Unsupported(f"attribute {name[:80]!r} has a shared shape", octets.at)
    sizes_along = shape(space, octets)
    octets.at = start + padded[1] + padded[2]
    if sizes_along is None:
        return Attribute(name, ())
    return Attribute(name, _values(space, octets, kind, min(prod(sizes_along), MAX_VALUES)))


def _values(space: Space, octets: Octets, kind: Datatype, count: int) -> tuple[bytes, ...]:
    if kind.kind in (STRING, OPAQUE):
        return tuple(octets.take(kind.size, MAX_VALUE) for _ in range(count)) if kind.size else ()
    if kind.kind == VARIABLE and (kind.is_text or kind.part_size == 1):
        return tuple(variable(space, octets, kind) for _ in range(count))
    return ()


def variable(space: Space, octets: Octets, kind: Datatype) -> bytes:
    """The value of a variable-length reference: a length, a global heap, and an index in it."""
    length = octets.u32()
    collection, index = space.address(octets), octets.u32()
    if not length or not collection:
        return b""
    return global_value(space, collection, index)[: length * max(1, kind.part_size)]
