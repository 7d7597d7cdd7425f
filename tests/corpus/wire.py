"""Protocol-buffer and flatbuffer bytes by hand, as little of both as the attacks need."""

from __future__ import annotations

import struct


def varint(number: int) -> bytes:
    """A base-128 number."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def message(*fields: tuple[int, object]) -> bytes:
    """Fields by number: integers as varints, text and bytes with their length."""
    out = bytearray()
    for number, held in fields:
        if isinstance(held, int):
            out += varint(number << 3) + varint(held)
        else:
            octets = held.encode() if isinstance(held, str) else held
            assert isinstance(octets, bytes)
            out += varint(number << 3 | 2) + varint(len(octets)) + octets
    return bytes(out)


class Table(list):  # type: ignore[type-arg]
    """A flatbuffer table: its fields by slot; None is absent."""


Held = Table | str | bytes | int | list[Table] | None


def flatbuffer(root: Table, identifier: bytes) -> bytes:
    """The table as a whole buffer; children lie behind their parents."""
    out = bytearray(4) + identifier
    todo: list[tuple[int, object]] = [(0, root)]
    while todo:
        at, held = todo.pop(0)
        out += bytes(-len(out) % 4)
        here = _put(out, held, todo)
        struct.pack_into("<I", out, at, here - at)
    return bytes(out)


def _put(out: bytearray, held: object, todo: list[tuple[int, object]]) -> int:
    if isinstance(held, Table):
        slots = [4 + 4 * index if each is not None else 0 for index, each in enumerate(held)]
        vtable = struct.pack(f"<2H{len(held)}H", 4 + 2 * len(held), 4 + 4 * len(held), *slots)
        out += vtable + bytes(-len(vtable) % 4)
        start = len(out) - len(vtable) - (-len(vtable) % 4)
        here = len(out)
        out += struct.pack("<i", here - start)
        for each in held:
            if isinstance(each, int):
                out += struct.pack("<i", each)
            else:
                if each is not None:
                    todo.append((len(out), each))
                out += bytes(4)
        return here
    here = len(out)
    if isinstance(held, list):
        out += struct.pack("<I", len(held))
        for each in held:
            todo.append((len(out), each))
            out += bytes(4)
        return here
    octets = held.encode() if isinstance(held, str) else held
    assert isinstance(octets, bytes)
    out += struct.pack("<I", len(octets)) + octets + b"\0"
    return here
