"""Which formats an asset is: by content first, by name last."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import hauberk.formats
from hauberk.core.asset import Asset
from hauberk.formats.format import Claim, Format


@cache
def formats() -> tuple[Format, ...]:
    """Every format, in name order: each module of this package that defines FORMAT or FORMATS."""
    found: list[Format] = []
    for module in iter_modules(hauberk.formats.__path__, hauberk.formats.__name__ + "."):
        loaded = import_module(module.name)
        found.extend(getattr(loaded, "FORMATS", ()))
        if isinstance(only := getattr(loaded, "FORMAT", None), Format):
            found.append(only)
    return tuple(sorted(found, key=lambda each: each.name))


def recognise(asset: Asset) -> tuple[Format, ...]:
    """The formats that shall read the asset: all that are equally sure; the hinted one is certain.

    A polyglot is certain to be several things at once, and is read as each of them.
    """
    claims = [(_claim(each, asset), each) for each in formats()]
    sure = max((claim for claim, _ in claims), default=Claim.NONE)
    return tuple(each for claim, each in claims if claim == sure and claim is not Claim.NONE)


def _claim(each: Format, asset: Asset) -> Claim:
    return Claim.CERTAIN if each.name == asset.hint else each.claim(asset)
