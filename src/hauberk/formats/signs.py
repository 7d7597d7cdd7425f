"""What must be true of an asset before a format is asked: cheap, and known without importing it.

A format's file says `SIGNS = Signs(...)` in literals; `recognise` reads that from the file's text, so
that a scan imports the formats that it needs and no other. Signs are necessary, not sufficient: the
format's own claim decides. A file without signs is asked about everything.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

from hauberk.core.asset import Asset, Kind

# How far back from the end a zip's directory may end: its record of 22 bytes and the longest comment.
FAR = 65_557


@dataclass(frozen=True, slots=True)
class Signs:
    """Any one of them is enough to ask: each is a set of alternatives."""

    starts: tuple[bytes, ...] = ()
    at: tuple[tuple[int, bytes], ...] = ()
    holds: tuple[bytes, ...] = ()  # anywhere in the head
    tail: tuple[bytes, ...] = ()  # anywhere in the tail
    far: tuple[bytes, ...] = ()  # anywhere in the last 65,557 bytes of a file
    ends: tuple[str, ...] = ()  # of the name
    names: tuple[str, ...] = ()  # anywhere in the name
    is_folder: bool = False  # asked about folders, which nobody else is

    @classmethod
    def read(cls, text: str) -> Signs | None:
        """From the source of the call, `Signs(...)`; None unless it is made of literals alone."""
        try:
            call = ast.parse(text.strip(), mode="eval").body
            if not isinstance(call, ast.Call) or call.args:
                return None
            given = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
        except (SyntaxError, ValueError):
            return None
        return cls(**given) if given.keys() <= {each.name for each in fields(cls)} else None


class Sieve:
    """The signs of many formats in one: which of them have to be asked about an asset."""

    __slots__ = ("_always", "_at", "_ends", "_far", "_folder", "_holds", "_names", "_starts", "_tail")

    def __init__(self, signs: Iterable[tuple[str, Signs | None]]) -> None:
        kept = list(signs)
        told = [(module, each) for module, each in kept if each is not None]
        self._always = frozenset(module for module, each in kept if each is None)
        self._folder = self._always | {module for module, each in told if each.is_folder}
        self._starts = _by_first((start, module) for module, each in told for start in each.starts)
        self._ends = _by_last((end, module) for module, each in told for end in each.ends)
        self._at = [(offset, what, module) for module, each in told for offset, what in each.at]
        self._holds = [(what, module) for module, each in told for what in each.holds]
        self._tail = [(what, module) for module, each in told for what in each.tail]
        self._far = [(what, module) for module, each in told for what in each.far]
        self._names = [(what, module) for module, each in told for what in each.names]

    def asked(self, asset: Asset) -> frozenset[str]:
        """The modules of the formats that may claim the asset."""
        if asset.kind is Kind.FOLDER:
            return self._folder
        return self._always.union(self._by_head(asset.head), self._by_end(asset), self._by_name(asset.name))

    def _by_head(self, head: bytes) -> Iterator[str]:
        for start, module in self._starts.get(head[:1], ()):
            if head.startswith(start):
                yield module
        for offset, what, module in self._at:
            if head.startswith(what, offset):
                yield module
        for what, module in self._holds:
            if what in head:
                yield module

    def _by_end(self, asset: Asset) -> Iterator[str]:
        for what, module in self._tail:
            if what in asset.tail:
                yield module
        if self._far and asset.kind is Kind.FILE and asset.content.size > len(asset.tail):
            far = asset.content.read(max(0, asset.content.size - FAR), FAR)
            yield from (module for what, module in self._far if what in far)
        else:
            yield from (module for what, module in self._far if what in asset.tail)

    def _by_name(self, name: str) -> Iterator[str]:
        for end, module in self._ends.get(name[-1:], ()):
            if name.endswith(end):
                yield module
        for what, module in self._names:
            if what in name:
                yield module


def _by_first(starts: Iterable[tuple[bytes, str]]) -> dict[bytes, Sequence[tuple[bytes, str]]]:
    table: dict[bytes, list[tuple[bytes, str]]] = {}
    for start, module in starts:
        table.setdefault(start[:1], []).append((start, module))
    return dict(table)


def _by_last(ends: Iterable[tuple[str, str]]) -> dict[str, Sequence[tuple[str, str]]]:
    table: dict[str, list[tuple[str, str]]] = {}
    for end, module in ends:
        table.setdefault(end[-1:], []).append((end, module))
    return dict(table)
