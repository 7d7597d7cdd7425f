"""StableHLO and other MLIR as text: the functions outside of the module that it calls.

Source: StableHLO specification, "custom_call"; MLIR Language Reference; MLIR Bytecode Format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import OverBudget, Unsupported
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.graph import Framework, Operator, Sketch, readings
from hauberk.formats.signs import Signs

# Bytes of text: constants are written out in it.
MAX_MODULE = 256 << 20
BYTECODE = b"ML\xefR"
START = re.compile(rb"(?:\s|//[^\n]*\n|#\w+\s*=[^\n]*\n)*(?:module\b|\"builtin\.module\"|func\.func\b)")
CALL = re.compile(
    r"(?:stablehlo|mhlo)\.custom_call\"?\s*(?:@\"?([\w.$-]+)|[^\n]{0,4096}?call_target_name\s*=\s*\"([^\"\n]+)\")"
)
CALLED = re.compile(r"call_target_name\s*=\s*\"([^\"\n]+)\"")


def claim(asset: Asset) -> Claim:
    """CERTAIN by the bytecode's magic number, or a `.mlir` that begins as a module."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if asset.head[:4] == BYTECODE:
        return Claim.CERTAIN
    is_named = asset.name.endswith((".mlir", ".stablehlo"))
    return Claim.CERTAIN if is_named and START.match(asset.head) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The module's view; bytecode is not judged."""
    if asset.head[:4] == BYTECODE:
        raise Unsupported("MLIR bytecode is not judged; ask for the module as text")
    sketch = Sketch(asset.locator, Framework.STABLEHLO)
    yield from readings(sketch, lambda: _module(asset, sketch))


def _module(asset: Asset, sketch: Sketch) -> None:
    if asset.content.size > MAX_MODULE:
        raise OverBudget(f"a module of {asset.content.size} bytes; the limit is {MAX_MODULE}")
    text = asset.content.read(0, MAX_MODULE).decode("utf-8", "replace")
    for found in CALL.finditer(text):
        sketch.operator(Operator(found[1] or found[2], "", "module", (), found.start()))
    for found in CALLED.finditer(text):
        sketch.operator(Operator(found[1], "", "module", (), found.start()))


SIGNS = Signs(starts=(b"ML\xefR",), ends=(".mlir", ".stablehlo"))
FORMAT = Format("stablehlo", "StableHLO module", claim, read)
