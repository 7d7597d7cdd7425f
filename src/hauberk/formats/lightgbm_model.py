"""LightGBM models: text that begins with `tree`, or the JSON of `dump_model`.

Source: LightGBM, `src/boosting/gbdt_model_text.cpp`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs

# Bytes of the header that are read: names of 50,000 features.
MAX_HEADER = 4 << 20


@dataclass(frozen=True, kw_only=True)
class LightgbmModel(View):
    """A booster; it holds trees and numbers, and no code."""

    version: str


def claim(asset: Asset) -> Claim:
    """CERTAIN by the first two lines."""
    head = asset.head
    if asset.kind is not Kind.FOLDER and head.startswith((b"tree\nversion=", b"tree\r\nversion=")):
        return Claim.CERTAIN
    is_json = head.startswith(b"{") and b'"tree"' in head[:64] and b'"num_tree_per_iteration"' in head[:400]
    return Claim.CERTAIN if is_json and asset.kind is not Kind.FOLDER else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The booster's view, with counts that its header contradicts itself in."""
    if asset.head.startswith(b"{"):
        yield LightgbmModel(locator=asset.locator, version="json")
        return
    text = asset.content.read(0, MAX_HEADER).partition(b"\nTree=")[0].decode("utf-8", "replace")
    header = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    names, last = header.get("feature_names"), header.get("max_feature_idx", "")
    if names is None or not last.isdecimal() or len(last) > 9:
        raise Malformed("has no feature names, or no number of them")
    flaws: tuple[Flaw, ...] = ()
    if len(names.split(" ")) != int(last) + 1:
        flaws = (Flaw(FlawKind.LIES, f"names {len(names.split(' '))} features, but numbers {int(last) + 1}"),)
    yield LightgbmModel(locator=asset.locator, flaws=flaws, version=header.get("version", "")[:20])


SIGNS = Signs(starts=(b"tree\n", b"tree\r\n"), holds=(b'"num_tree_per_iteration"',))
FORMAT = Format("lightgbm", "LightGBM model", claim, read)
