"""Shard indexes: the JSON that says which file holds which tensor (`*.index.json`).

Source: transformers, `modeling_utils`, WEIGHTS_INDEX_NAME and SAFE_WEIGHTS_INDEX_NAME.
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

# Bytes: the index of a model with 200,000 tensors.
MAX_INDEX = 50_000_000
# Flaws that are told one by one.
MAX_TOLD = 20


@dataclass(frozen=True, kw_only=True)
class ShardIndex(View):
    """The files that a sharded model is loaded from."""

    shards: tuple[str, ...]


def claim(asset: Asset) -> Claim:
    """CERTAIN where a JSON object of that name begins with a weight map or its metadata."""
    if asset.kind is Kind.FOLDER or not asset.name.endswith(".index.json"):
        return Claim.NONE
    head = asset.head
    return Claim.CERTAIN if b'"weight_map"' in head or b'"total_size"' in head else Claim.NAME


def read(asset: Asset) -> Iterator[Reading]:
    """The index's view, with shards that lie outside of its folder as flaws."""
    if asset.content.size > MAX_INDEX:
        raise Malformed(f"an index of {asset.content.size} bytes is longer than {MAX_INDEX}")
    parsed = parse(asset.content.read(0, asset.content.size), MAX_INDEX)
    found = parsed.value.get("weight_map") if isinstance(parsed.value, dict) else None
    if not isinstance(found, dict):
        raise Malformed("has no weight_map")
    flaws = [Flaw(FlawKind.DISAGREES, f"has the key {key!r} twice") for key in parsed.duplicates]
    shards = sorted({each if isinstance(each, str) else repr(each) for each in found.values()})
    flaws += [
        Flaw(FlawKind.ESCAPES, f"shard {each[:200]!r} is outside of its folder")
        for each in shards
        if leaves_folder(each)
    ]
    yield ShardIndex(locator=asset.locator, flaws=tuple(flaws[:MAX_TOLD]), shards=tuple(shards))


def leaves_folder(name: str) -> bool:
    """Whether a file name, taken from a file, names something outside of that file's folder."""
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\", "~")) or ".." in parts or ":" in parts[0] or "\0" in name


SIGNS = Signs(ends=(".index.json",))
FORMAT = Format("shard-index", "index of sharded weights", claim, read)
