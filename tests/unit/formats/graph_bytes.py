"""Bytes of graphs, written by the wire formats' own rules."""

import struct

from hauberk.core.asset import Asset, Bytes
from hauberk.scan.examine import Examination, examine

Value = int | str | bytes | list["Table"] | tuple[str, int]
Table = dict[int, Value]


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def num(field: int, number: int) -> bytes:
    return varint(field << 3) + varint(number & (1 << 64) - 1)


def part(field: int, *payload: bytes | str) -> bytes:
    octets = b"".join(each.encode() if isinstance(each, str) else each for each in payload)
    return varint(field << 3 | 2) + varint(len(octets)) + octets


def onnx(*graph: bytes, more: bytes = b"") -> bytes:
    return num(1, 8) + part(7, *graph, part(2, "g")) + part(8, num(2, 17)) + more


def onnx_node(op: str, *rest: bytes, domain: str = "") -> bytes:
    return part(1, part(1, "x"), part(2, "y"), part(4, op), *rest, part(7, domain) if domain else b"")


def onnx_tensor(location: str) -> bytes:
    return (
        num(1, 4) + num(2, 1) + part(8, "w") + part(13, part(1, "location"), part(2, location)) + num(14, 1)
    )


def tf_node(name: str, op: str, *inputs: str, attrs: bytes = b"") -> bytes:
    return part(1, name) + part(2, op) + b"".join(part(3, each) for each in inputs) + attrs


def tf_const(name: str, *texts: str) -> bytes:
    tensor = num(1, 7) + b"".join(part(8, each) for each in texts)
    return tf_node(name, "Const", attrs=part(5, part(1, "value"), part(2, part(8, tensor))))


def tf_graph(*nodes: bytes, functions: bytes = b"") -> bytes:
    return b"".join(part(1, each) for each in nodes) + (part(2, functions) if functions else b"")


def tf_function(name: str, *nodes: bytes) -> bytes:
    return part(1, part(1, part(1, name)), *(part(3, each) for each in nodes))


def saved_model(graph: bytes, more: bytes = b"") -> bytes:
    meta = part(1, part(4, "serve"), part(5, "2.21.0")) + part(2, graph) + more
    return num(1, 1) + part(2, meta)


def flatbuffer(root: Table, identifier: bytes) -> bytes:
    """A FlatBuffer: ints are 32-bit, ("B" or "Q", n) of another width, lists are vectors of tables."""
    out = bytearray(4) + identifier.ljust(4, b"\0")
    todo: list[tuple[int, Value | Table]] = [(0, root)]
    while todo:
        slot, value = todo.pop(0)
        while len(out) % 4:
            out.append(0)
        at = len(out)
        if isinstance(value, dict):
            at = _table(out, value, todo)
        elif isinstance(value, list):
            out += struct.pack("<I", len(value))
            for each in value:
                todo.append((len(out), each))
                out += bytes(4)
        elif isinstance(value, str | bytes):
            octets = value.encode() if isinstance(value, str) else value
            out += struct.pack("<I", len(octets)) + octets + b"\0"
        struct.pack_into("<I", out, slot, at - slot)
    return bytes(out)


def _table(out: bytearray, table: Table, todo: list[tuple[int, Value | Table]]) -> int:
    fields = [table.get(index) for index in range(max(table, default=-1) + 1)]
    vtable, offset, offsets = len(out), 4, []
    for value in fields:
        offsets.append(0 if value is None else offset)
        offset += 0 if value is None else 8 if isinstance(value, tuple) and value[0] == "Q" else 4
    out += struct.pack(f"<HH{len(fields)}H", 4 + 2 * len(fields), offset, *offsets)
    while len(out) % 4:
        out.append(0)
    at = len(out)
    out += struct.pack("<i", at - vtable)
    for value in fields:
        if isinstance(value, int):
            out += struct.pack("<i", value)
        elif isinstance(value, tuple):
            out += struct.pack("<" + value[0], value[1]).ljust(4, b"\0")
        elif value is not None:
            todo.append((len(out), value))
            out += bytes(4)
    return at


def look(name: str, octets: bytes) -> Examination:
    return examine(Asset(name, Bytes(octets)))


def rules(name: str, octets: bytes) -> set[str]:
    """The ids of what is found, and `gap:reason` of what is not judged."""
    found = look(name, octets)
    return {each.rule for each in found.findings} | {f"gap:{each.reason}" for each in found.gaps}
