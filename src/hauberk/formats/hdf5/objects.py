"""Groups and datasets: what links to what, and what lies outside of the file.

Source: HDF5 File Format Specification Version 3.0, III.C and IV.A.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod

from hauberk.core.asset import Bytes
from hauberk.core.errors import Malformed, UnreadableAsset, Unsupported
from hauberk.formats.hdf5.heaps import fractal_heap, global_value, local_name
from hauberk.formats.hdf5.messages import SHARED, SILENT, Kind, Message, messages
from hauberk.formats.hdf5.space import Space
from hauberk.formats.hdf5.trees import leaves, records
from hauberk.formats.hdf5.values import VARIABLE, Attribute, Datatype, attribute, shape, shared_type, variable
from hauberk.formats.octets import Octets, Untrue

# Bytes of a link's name or target.
MAX_NAME = 65_536
# Pickled values of one dataset that are read.
MAX_ELEMENTS = 1_000


@dataclass(slots=True)
class Node:
    """One group or dataset."""

    links: list[tuple[str, int]] = field(default_factory=list)
    external_links: list[str] = field(default_factory=list)
    external_files: list[str] = field(default_factory=list)
    attributes: list[Attribute] = field(default_factory=list)
    filters: list[int] = field(default_factory=list)
    kind: Datatype | None = None
    shape: tuple[int, ...] | None = None
    chunks: int | None = None
    unknown: list[str] = field(default_factory=list)
    lies: list[str] = field(default_factory=list)

    @property
    def logical_size(self) -> int:
        """Bytes that a reader needs to hold the dataset."""
        return 0 if self.kind is None or self.shape is None else prod(self.shape) * self.kind.size


def node(space: Space, address: int) -> Node:
    """What the object header at that address says."""
    made = Node()
    for message in messages(space, address):
        if message.flags & SHARED and message.kind in (Kind.ATTRIBUTE, Kind.FILTERS, Kind.LINK, Kind.LAYOUT):
            made.unknown.append(f"a shared message of type {message.kind}")
            continue
        try:
            _take(space, message, made)
        except Untrue as error:
            made.lies.append(str(error))
        except UnreadableAsset as error:
            made.unknown.append(str(error))
    return made


def _take(space: Space, message: Message, made: Node) -> None:
    octets = message.open()
    match message.kind:
        case Kind.ATTRIBUTE:
            made.attributes.append(attribute(space, octets))
        case Kind.LINK:
            _link(space, octets, made)
        case Kind.SYMBOL_TABLE:
            _symbol_table(space, space.place(octets), space.place(octets), made)
        case Kind.LINK_INFO:
            octets.skip(1)
            octets.skip(8 if octets.u8() & 1 else 0)
            for found in _dense(space, octets, 4):
                _link(space, found, made)
        case Kind.ATTRIBUTE_INFO:
            octets.skip(1)
            octets.skip(2 if octets.u8() & 1 else 0)
            made.attributes += [attribute(space, found) for found in _dense(space, octets, 0)]
        case Kind.DATATYPE:
            made.kind = shared_type(space, message)
        case Kind.DATASPACE:
            made.shape = shape(space, octets)
        case Kind.FILTERS:
            made.filters += _filters(octets)
        case Kind.EXTERNAL_FILES:
            made.external_files += _external_files(space, octets)
        case Kind.LAYOUT:
            _layout(space, message, made)
        case other if other not in SILENT:
            made.unknown.append(f"a message of the unknown type {other}")


def _dense(space: Space, octets: Octets, before: int) -> Iterator[Octets]:
    """The messages in a fractal heap, by its name index; `before` is the bytes ahead of an id."""
    heap, index = space.address(octets), space.address(octets)
    if heap is None or index is None:
        return
    found = fractal_heap(space, heap)
    for record in records(space, index):
        yield Octets(Bytes(found.object(record[before : before + found.id_length].ljust(2, b"\0"))))


def _link(space: Space, octets: Octets, made: Node) -> None:
    if octets.u8() != 1:
        raise Unsupported("a link of a version beyond 1", octets.at)
    flags = octets.u8()
    kind = octets.u8() if flags & 8 else 0
    octets.skip((8 if flags & 4 else 0) + (1 if flags & 16 else 0))
    name = octets.take(octets.number("BHIQ"[flags & 3]), MAX_NAME).decode("utf-8", "replace")
    if kind == 0:
        made.links.append((name, space.place(octets)))
    elif kind == 64:
        value = octets.take(octets.u16())
        parts = value[1:].split(b"\0")
        made.external_links.append(parts[0].decode("utf-8", "replace"))
    elif kind != 1:  # 1 is a soft link: it stays in this file
        made.unknown.append(f"link {name[:80]!r} is of the user-defined kind {kind}")


def _symbol_table(space: Space, tree: int, heap: int, made: Node) -> None:
    for address in leaves(space, tree, space.length_width):
        octets = space.at(address)
        if octets.take(4) != b"SNOD":
            raise Malformed("is no symbol table node", octets.at - 4)
        octets.skip(2)
        for _ in range(octets.u16()):
            offset, target = space.address(octets), space.address(octets)
            cached = octets.u32()
            octets.skip(20)
            name = local_name(space, heap, offset or 0)
            if cached != 2 and target is not None:  # 2 is a soft link
                made.links.append((name, target))


def _filters(octets: Octets) -> Iterator[int]:
    version, count = octets.u8(), octets.u8()
    octets.skip(6 if version == 1 else 0)
    for _ in range(count):
        identity = octets.u16()
        length = octets.u16() if version == 1 or identity >= 256 else 0
        octets.skip(2)
        values = octets.u16()
        octets.skip(length + (-length % 8 if version == 1 else 0))
        octets.skip(values * 4 + (4 if version == 1 and values % 2 else 0))
        yield identity


def _external_files(space: Space, octets: Octets) -> Iterator[str]:
    octets.skip(6)
    count, heap = octets.u16(), space.place(octets)
    for _ in range(count):
        offset = space.length(octets)
        space.length(octets)
        space.length(octets)
        yield local_name(space, heap, offset)


def _layout(space: Space, message: Message, made: Node) -> None:
    octets = message.open()
    version = octets.u8()
    if version < 3:
        octets.skip(1)
        kind = octets.u8()
        octets.skip(5)
        if kind == 2:
            made.chunks = space.address(octets)
        return
    kind = octets.u8()
    if kind == 2 and version == 3:
        octets.skip(1)
        made.chunks = space.address(octets)
    elif kind == 3:
        _virtual(space, octets, made)


def _virtual(space: Space, octets: Octets, made: Node) -> None:
    """The first file that a virtual dataset is put together from; "." is this one."""
    heap, index = space.address(octets), octets.u32()
    if heap is None:
        return
    entries = Octets(Bytes(global_value(space, heap, index)))
    version, count = entries.u8(), space.length(entries)
    if not count:
        return
    flags = entries.u8() if version else 0
    name = b"." if flags & 4 else entries.take(min(entries.left, MAX_NAME)).partition(b"\0")[0]
    if name != b".":
        made.external_files.append(name.decode("utf-8", "replace"))
    elif count > 1:
        made.unknown.append("a virtual dataset of several sources")


def pickled_values(space: Space, found: Node) -> Iterator[bytes]:
    """The elements of a dataset of variable-length bytes, as PyTables stores pickled objects.

    Raises Unsupported where they are stored in a way that we do not read.
    """
    kind = found.kind
    if kind is None or kind.kind != VARIABLE or not found.shape or not prod(found.shape):
        return
    if found.chunks is None or found.filters:
        raise Unsupported("pickled objects are stored in a way that we do not read")
    wide, seen = 8 + 8 * (len(found.shape) + 1), 0
    for chunk in leaves(space, found.chunks, wide):
        octets = space.at(chunk)
        while seen < prod(found.shape):
            value = variable(space, octets, kind)
            if not value:
                break
            seen += 1
            if seen > MAX_ELEMENTS:
                raise Unsupported(f"more than {MAX_ELEMENTS} pickled objects")
            yield value
