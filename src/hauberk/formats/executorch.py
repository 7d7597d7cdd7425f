"""ExecuTorch programs: operators, delegates to backends, and segments behind the program.

Source: executorch/schema/program.fbs and executorch/schema/extended_header.cpp, ExecuTorch 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.asset import Asset, Kind
from hauberk.core.view import FlawKind
from hauberk.formats.flatbuffer import Buffer, Table
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.graph import Framework, Operator, Sketch, readings
from hauberk.formats.signs import Signs

IDENTIFIER = re.compile(rb"ET\d\d")
HEADER_MAGIC = b"eh00"
# The header ends with the program's size and where the segments start: two 64-bit numbers.
MIN_HEADER = 24
PLANS, SEGMENTS = 1, 4
PLAN_NAME, OPERATORS, DELEGATES = 0, 6, 7


def claim(asset: Asset) -> Claim:
    """CERTAIN by the identifier or the suffix."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if asset.head[4:6] == b"ET" and IDENTIFIER.match(asset.head, 4):
        return Claim.CERTAIN
    return Claim.CERTAIN if asset.name.endswith(".pte") else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The program's view."""
    sketch = Sketch(asset.locator, Framework.EXECUTORCH)
    yield from readings(sketch, lambda: _program(Buffer(asset.content), sketch))


def _program(buffer: Buffer, sketch: Sketch) -> None:
    base = _segment_base(buffer, sketch)
    root = buffer.root()
    for plan in root.tables(PLANS):
        name = plan.text(PLAN_NAME)
        for each in plan.tables(OPERATORS):
            domain, _, operator = each.text(0).rpartition("::")
            sketch.operator(Operator(operator, domain, name, (), each.at))
        for each in plan.tables(DELEGATES):
            sketch.operator(Operator(each.text(0), "backend", name, (), each.at))
    _segments(root, base, sketch)


def _segment_base(buffer: Buffer, sketch: Sketch) -> int:
    if buffer.size < 8 + MIN_HEADER or buffer.take(8, 4) != HEADER_MAGIC:
        return 0
    program, base = buffer.number(16, "Q"), buffer.number(24, "Q")
    if program > buffer.size or base > buffer.size:
        said = f"the header says that the program has {program} bytes and segments start at {base}"
        sketch.flaw(FlawKind.LIES, f"{said} of {buffer.size}", 16)
    return base


def _segments(root: Table, base: int, sketch: Sketch) -> None:
    for number, each in enumerate(root.tables(SEGMENTS)):
        start, size = each.number(0, "Q"), each.number(1, "Q")
        if base + start + size > root.buffer.size:
            said = f"segment {number} claims {size} bytes at {base + start} of {root.buffer.size}"
            sketch.flaw(FlawKind.LIES, said, each.at)


SIGNS = Signs(at=((4, b"ET"),), ends=(".pte",))
FORMAT = Format("executorch", "ExecuTorch program", claim, read)
