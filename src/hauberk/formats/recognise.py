"""Which formats an asset is: by content first, by name last."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path

import hauberk.formats
from hauberk.core.asset import Asset
from hauberk.formats.format import Claim, Format
from hauberk.formats.signs import Sieve, Signs

# A file with such a line is a format; the names are what containers hint at.
DEFINES = "\nFORMAT"
NAME = re.compile(r"[Ff]ormat\(\s*\"([\w-]+)\"")
SAYS = "\nSIGNS = "
SIGNS = re.compile(r"SIGNS = (Signs\((?:.*|\n(?:    .*\n)*)\))(?:  # fmt: skip)?$", re.MULTILINE)
# Different sets of formats that are remembered; bytes that are made to vary have no more.
MAX_SETS = 1024


@dataclass(frozen=True)
class _Shelved:
    """A module of formats that is not imported yet: what its text says of it."""

    module: str
    names: tuple[str, ...]
    signs: Signs | None


@cache
def formats() -> tuple[Format, ...]:
    """Every format, in name order: each module of this package that defines FORMAT or FORMATS."""
    return _formats_of(frozenset(each.module for each in _shelf()))


def recognise(asset: Asset) -> tuple[Format, ...]:
    """The formats that shall read the asset: all that are equally sure; the hinted one is certain.

    A polyglot is certain to be several things at once, and is read as each of them.
    """
    asked = _sieve().asked(asset)
    if asset.hint:
        asked |= _hinted(asset.hint)
    claims = [(_claim(each, asset), each) for each in _formats_of(asked)]
    sure = max((claim for claim, _ in claims), default=Claim.NONE)
    return tuple(each for claim, each in claims if claim == sure and claim is not Claim.NONE)


def _claim(each: Format, asset: Asset) -> Claim:
    return Claim.CERTAIN if each.name == asset.hint else each.claim(asset)


@lru_cache(MAX_SETS)
def _formats_of(modules: frozenset[str]) -> tuple[Format, ...]:
    found: list[Format] = []
    for module in modules:
        loaded = import_module(module)
        found.extend(getattr(loaded, "FORMATS", ()))
        if isinstance(only := getattr(loaded, "FORMAT", None), Format):
            found.append(only)
    return tuple(sorted(found, key=lambda each: each.name))


@cache
def _sieve() -> Sieve:
    return Sieve((each.module, each.signs) for each in _shelf())


@lru_cache(MAX_SETS)
def _hinted(hint: str) -> frozenset[str]:
    return frozenset(each.module for each in _shelf() if hint in each.names)


@cache
def _shelf() -> tuple[_Shelved, ...]:
    folder = Path(hauberk.formats.__path__[0])
    files = {path.stem: path for path in folder.glob("[!_]*.py")}
    files |= {path.parent.name: path for path in folder.glob("*/__init__.py")}
    shelved = (_shelved(name, files[name].read_text("utf-8")) for name in sorted(files))
    return tuple(each for each in shelved if each is not None)


def _shelved(name: str, text: str) -> _Shelved | None:
    at = text.find(DEFINES)
    if at < 0:
        return None
    said = SIGNS.match(text, text.find(SAYS) + 1)
    signs = Signs.read(said[1]) if said else None
    return _Shelved(f"{hauberk.formats.__name__}.{name}", tuple(NAME.findall(text, at)), signs)
