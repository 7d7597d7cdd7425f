"""B-trees, version 1 (members of groups, chunks of datasets) and version 2 (indexes).

Source: HDF5 File Format Specification Version 3.0, III.A and III.B.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.errors import Malformed
from hauberk.formats.hdf5.space import Space

# Nodes of one tree: a million members make 30,000 nodes.
MAX_NODES = 100_000
# Bytes of a node of a version 2 tree; libraries write 512 to 2,048.
MAX_NODE = 1 << 20
# Levels of a version 2 tree.
MAX_DEPTH = 16
# Bytes around the records of a version 2 node: signature, version, type, checksum.
OVERHEAD = 10


def leaves(space: Space, address: int, key: int) -> Iterator[int]:
    """The children of a version 1 tree's lowest nodes; `key` is the bytes of one key."""
    todo, seen = [address], {address}
    while todo:
        octets = space.at(todo.pop())
        if octets.take(4) != b"TREE":
            raise Malformed("is no node of a B-tree", octets.at - 4)
        octets.skip(1)
        level, count = octets.u8(), octets.u16()
        space.address(octets)
        space.address(octets)
        for _ in range(count):
            octets.skip(key)
            child = space.place(octets)
            if level == 0:
                yield child
            elif child not in seen:
                seen.add(child)
                todo.append(child)
        if len(seen) > MAX_NODES:
            raise Malformed(f"a B-tree of more than {MAX_NODES} nodes")


@dataclass(frozen=True, slots=True)
class _Level:
    """How the child pointers of nodes at one level look, in bytes."""

    count: int
    total: int


@dataclass(frozen=True, slots=True)
class _Tree:
    space: Space
    record: int
    levels: tuple[_Level, ...]


def records(space: Space, address: int) -> Iterator[bytes]:
    """Every record of a version 2 tree, in no promised order."""
    octets = space.at(address)
    if octets.take(4) != b"BTHD":
        raise Malformed("is no version 2 B-tree", octets.at - 4)
    octets.skip(2)
    node, record, depth = octets.u32(), octets.u16(), octets.u16()
    octets.skip(2)
    root, count = space.address(octets), octets.u16()
    if not OVERHEAD < node <= MAX_NODE or not record or depth > MAX_DEPTH:
        raise Malformed("a B-tree whose sizes make no sense", octets.at)
    if root is None:
        return
    tree = _Tree(space, record, _levels(space, node, record, depth))
    todo, nodes = [(root, count, depth)], 0
    while todo:
        nodes += 1
        if nodes > MAX_NODES:
            raise Malformed(f"a B-tree of more than {MAX_NODES} nodes")
        at, held, level = todo.pop()
        yield from _node(tree, at, held, level, todo)


def _node(tree: _Tree, at: int, held: int, level: int, todo: list[tuple[int, int, int]]) -> Iterator[bytes]:
    octets = tree.space.at(at)
    if octets.take(4) != (b"BTIN" if level else b"BTLF"):
        raise Malformed("is no node of a version 2 B-tree", octets.at - 4)
    octets.skip(2)
    for _ in range(held):
        yield octets.take(tree.record)
    if not level:
        return
    widths = tree.levels[level]
    for _ in range(held + 1):
        child = tree.space.place(octets)
        count = int.from_bytes(octets.take(widths.count), "little")
        octets.skip(widths.total)
        todo.append((child, count, level - 1))


def _levels(space: Space, node: int, record: int, depth: int) -> tuple[_Level, ...]:
    """Widths level by level. Source: HDF5 library, `H5B2__hdr_init`."""
    total = (node - OVERHEAD) // record
    count = _width(total)
    levels = [_Level(0, 0)]
    for level in range(1, depth + 1):
        found = _Level(count, _width(total) if level > 1 else 0)
        pointer = space.address_width + found.count + found.total
        levels.append(found)
        inner = max(0, node - OVERHEAD - pointer) // (record + pointer)
        total = (inner + 1) * total + inner
    return tuple(levels)


def _width(number: int) -> int:
    return (max(number, 1).bit_length() + 7) // 8
