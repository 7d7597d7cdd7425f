"""CatBoost models: `CBM1`, the size of a FlatBuffer, and the FlatBuffer; or JSON.

Source: CatBoost, `catboost/libs/model/model.cpp` and `flatbuffers/model.fbs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.octets import Octets, Untrue
from hauberk.formats.signs import Signs

MAGIC = b"CBM1"


@dataclass(frozen=True, kw_only=True)
class CatboostModel(View):
    """A booster; it holds trees and texts, and no code."""

    core_size: int


def claim(asset: Asset) -> Claim:
    """CERTAIN by the magic number, or by the first keys of the JSON."""
    head = asset.head
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if head.startswith(MAGIC):
        return Claim.CERTAIN
    is_json = head.startswith(b"{") and b'"features_info"' in head[:64]
    return Claim.CERTAIN if is_json else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The booster's view, with a size that cannot be true as a flaw."""
    if asset.head.startswith(b"{"):
        yield CatboostModel(locator=asset.locator, core_size=asset.content.size)
        return
    octets = Octets(asset.content, 4)
    size = octets.u32()
    try:
        octets.expect(size)
    except Untrue as error:
        flaw = Flaw(FlawKind.LIES, str(error), 4)
        yield CatboostModel(locator=asset.locator, flaws=(flaw,), core_size=size)
        raise
    root = octets.u32()
    if not 4 <= root < size:
        raise Malformed(f"the root table is at {root} of {size} bytes", 8)
    yield CatboostModel(locator=asset.locator, core_size=size)


SIGNS = Signs(starts=(b"CBM1",), holds=(b'"features_info"',))
FORMAT = Format("catboost", "CatBoost model", claim, read)
