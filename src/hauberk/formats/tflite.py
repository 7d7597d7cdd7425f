"""TensorFlow Lite models: custom operators, buffers, and files appended for metadata.

Source: tensorflow/lite/schema/schema.fbs; TensorFlow Lite, "Adding metadata" (associated files are a zip
    behind
the model).
"""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.asset import Asset, Kind
from hauberk.core.view import FlawKind
from hauberk.formats.flatbuffer import Buffer, Table
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.graph import Framework, Operator, Sketch, readings
from hauberk.formats.signs import Signs

IDENTIFIER = b"TFL3"
# BuiltinOperator.CUSTOM: the operator is named by its custom code.
CUSTOM = 32
# The first version's codes are bytes; this one says: look at the 32-bit field.
PLACEHOLDER_FOR_GREATER = 127
# Model's fields.
OPERATOR_CODES, SUBGRAPHS, BUFFERS, METADATA = 1, 2, 4, 6
# Operator codes of one model; there are about 210 builtin ones.
OPERATORS, OPCODE_INDEX, CUSTOM_OPTIONS = 3, 0, 5
# Bytes of the options of a Flex operator: a NodeDef.
MAX_OPTIONS = 1 << 20
BITS = {
    0: 32,
    1: 16,
    2: 32,
    3: 8,
    4: 64,
    6: 8,
    7: 16,
    8: 64,
    9: 8,
    10: 64,
    11: 128,
    12: 64,
    15: 32,
    16: 16,
    17: 4,
}


def claim(asset: Asset) -> Claim:
    """CERTAIN by the identifier or the suffix, NAME by the older suffix."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if asset.head[4:8] == IDENTIFIER or asset.name.endswith(".tflite"):
        return Claim.CERTAIN
    return Claim.NAME if asset.name.endswith(".lite") else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The model's view."""
    sketch = Sketch(asset.locator, Framework.TFLITE)
    yield from readings(sketch, lambda: _model(Buffer(asset.content).root(), sketch))


def _model(model: Table, sketch: Sketch) -> None:
    codes: list[Operator] = []
    for each in model.tables(OPERATOR_CODES):
        codes.append(_code(each))
        if not codes[-1].name.startswith("Flex"):
            sketch.operator(codes[-1])
    for number, each in enumerate(model.tables(SUBGRAPHS)):
        _operators(each, f"subgraph {number}", codes, sketch)
    for code in codes:
        sketch.operator(code)
    _buffers(model, sketch)


def _code(table: Table) -> Operator:
    code = max(table.number(0, "b"), table.number(3, "i"))
    name = table.text(1)
    if code == CUSTOM or name:
        return Operator(name, "custom", offset=table.at)
    return Operator(str(code), "builtin", offset=table.at)


def _operators(graph: Table, where: str, codes: list[Operator], sketch: Sketch) -> None:
    for each in graph.tables(OPERATORS):
        index = each.number(OPCODE_INDEX, "I")
        if index >= len(codes):
            sketch.flaw(FlawKind.LIES, f"an operator has code {index} of {len(codes)}", each.at)
        elif codes[index].name.startswith("Flex"):
            options = each.octets(CUSTOM_OPTIONS, MAX_OPTIONS)
            texts = _texts(options)
            sketch.operator(Operator(codes[index].name, "custom", where, texts, each.at))


def _texts(options: bytes) -> tuple[str, ...]:
    """What in the options of a Flex operator may be an address: its NodeDef has them as plain text."""
    if b"://" not in options:
        return ()
    at = options.index(b"://")
    start = at
    while start and options[start - 1 : start].isalpha():
        start -= 1
    return (options[start : at + 200].split(b"\0")[0].decode("utf-8", "replace"),)


def _buffers(model: Table, sketch: Sketch) -> None:
    size = model.buffer.size
    for number, each in enumerate(model.tables(BUFFERS)):
        each.vector(0)
        start, length = each.number(1, "Q"), each.number(2, "Q")
        # Offset 1 is the converter's mark for "to be filled in". Source: schema.fbs, Buffer.offset.
        if start > 1 and start + length > size:
            said = f"buffer {number} claims {length} bytes at {start} of {size}"
            sketch.flaw(FlawKind.LIES, said, each.at)


SIGNS = Signs(at=((4, b"TFL3"),), ends=(".tflite", ".lite"))
FORMAT = Format("tflite", "TensorFlow Lite model", claim, read)
