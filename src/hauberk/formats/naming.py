"""What an asset calls itself beside what it is."""

from __future__ import annotations

from dataclasses import dataclass

from hauberk.core.asset import Asset
from hauberk.core.view import View


@dataclass(frozen=True, kw_only=True)
class NamedAsset(View):
    """An asset's name, and the names of the formats that it was recognised as."""

    name: str
    formats: tuple[str, ...]
    head: bytes


def named(asset: Asset, formats: tuple[str, ...]) -> NamedAsset:
    """The view of a recognised asset; `head` is its first 16 bytes."""
    return NamedAsset(locator=asset.locator, name=asset.name, formats=formats, head=asset.head[:16])
