"""What a `.keras` archive says of itself: the version that wrote it, and when.

Source: keras, `saving/saving_lib.py`, `_METADATA_FILENAME`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs
from hauberk.formats.strict_json import parse

# Bytes: honest ones have a hundred.
MAX_METADATA = 1 << 20


@dataclass(frozen=True, kw_only=True)
class KerasMetadata(View):
    """The version of Keras that wrote the archive."""

    keras_version: str


def claim(asset: Asset) -> Claim:
    """CERTAIN by the name and the key."""
    if asset.kind is Kind.FOLDER or asset.name != "metadata.json":
        return Claim.NONE
    return Claim.CERTAIN if b'"keras_version"' in asset.head else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The metadata's view."""
    parsed = parse(asset.content.read(0, min(asset.content.size, MAX_METADATA + 1)), MAX_METADATA)
    if not isinstance(parsed.value, dict):
        raise Malformed("is no JSON object")
    flaws = tuple(Flaw(FlawKind.DISAGREES, f"has the key {key!r} twice") for key in parsed.duplicates)
    yield KerasMetadata(
        locator=asset.locator, flaws=flaws, keras_version=str(parsed.value.get("keras_version"))[:40]
    )


SIGNS = Signs(ends=("metadata.json",))
FORMAT = Format("keras-metadata", "metadata of a Keras archive", claim, read)
