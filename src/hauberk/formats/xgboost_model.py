"""XGBoost models: JSON, Universal Binary JSON, and the binary format that it gave up.

Source: XGBoost documentation, "Introduction to Model IO"; UBJSON specification draft 12.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed, UnreadableAsset
from hauberk.core.gap import gap_of
from hauberk.core.statement import Json
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.octets import Octets, Untrue
from hauberk.formats.signs import Signs
from hauberk.formats.strict_json import TooDeep, parse

# Bytes of JSON: a model of 10,000 deep trees.
MAX_JSON = 128 << 20
# Items of a binary model, and levels of nesting.
MAX_ITEMS = 5_000_000
MAX_DEPTH = 64
# Bytes of a name or text.
MAX_TEXT = 16 << 20
MAX_TOLD = 20
WIDTHS = {
    b"Z": 0,
    b"N": 0,
    b"T": 0,
    b"F": 0,
    b"i": 1,
    b"U": 1,
    b"I": 2,
    b"l": 4,
    b"L": 8,
    b"d": 4,
    b"D": 8,
    b"C": 1,
}
CODES = {b"i": "b", b"U": "B", b"I": "h", b"l": "i", b"L": "q"}


@dataclass(frozen=True, kw_only=True)
class XgboostModel(View):
    """A booster; it holds trees and texts, and no code."""

    encoding: str


def claim(asset: Asset) -> Claim:
    """CERTAIN by the first key, or by the old format's magic."""
    head = asset.head
    if asset.kind is Kind.FOLDER or head[:1] not in (b"{", b"b"):
        return Claim.NONE
    if head.startswith(b"binf") and head[136:144].endswith(b"\0\0\0\0\0\0"):
        return Claim.CERTAIN
    if _is_binary(head) or (b'"learner"' in head[:200] and b'"attributes"' in head):
        return Claim.CERTAIN
    return Claim.NONE


def _is_binary(head: bytes) -> bool:
    return head[:2] in (b"{L", b"{i", b"{U", b"{I", b"{l") and b"learner" in head[:64]


def read(asset: Asset) -> Iterator[Reading]:
    """The booster's view, with counts and lengths that cannot be true."""
    if asset.head.startswith(b"binf"):
        yield from _old(asset)
    elif _is_binary(asset.head):
        yield from _binary(asset)
    else:
        yield from _json(asset)


def _json(asset: Asset) -> Iterator[Reading]:
    try:
        parsed = parse(asset.content.read(0, min(asset.content.size, MAX_JSON + 1)), MAX_JSON)
    except TooDeep as error:
        yield XgboostModel(locator=asset.locator, flaws=(Flaw(FlawKind.DEEP, str(error)),), encoding="json")
        raise
    flaws = [Flaw(FlawKind.DISAGREES, f"has the key {key!r} twice") for key in parsed.duplicates]
    flaws += _tree_flaws(parsed.value)
    yield XgboostModel(locator=asset.locator, flaws=tuple(flaws[:MAX_TOLD]), encoding="json")


def _tree_flaws(value: Json) -> Iterator[Flaw]:
    """Children that no node of their tree is: a reader that trusts them reads foreign memory."""
    todo: list[Json] = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, list):
            todo += [inner for inner in each if isinstance(inner, (dict, list))]
        elif isinstance(each, dict):
            todo += [inner for inner in each.values() if isinstance(inner, (dict, list))]
            for key in ("left_children", "right_children"):
                children = each.get(key)
                numbers = (
                    [one for one in children if isinstance(one, int)] if isinstance(children, list) else []
                )
                if numbers and max(numbers) >= len(numbers):
                    yield Flaw(FlawKind.LIES, f"{key} name the node {max(numbers)} of {len(numbers)}")


def _old(asset: Asset) -> Iterator[Reading]:
    octets = Octets(asset.content, 4 + 136)
    try:
        names = [octets.take(octets.u64(), 256) for _ in range(2)]
    except Untrue as error:
        flaw = Flaw(FlawKind.LIES, str(error), error.offset)
        yield XgboostModel(locator=asset.locator, flaws=(flaw,), encoding="binf")
        raise
    if not all(name.isascii() for name in names):
        raise Malformed("the objective or the booster has no name", 140)
    yield XgboostModel(locator=asset.locator, encoding="binf")


def _binary(asset: Asset) -> Iterator[Reading]:
    octets = Octets(asset.content, order=">")
    flaws: tuple[Flaw, ...] = ()
    stop: UnreadableAsset | None = None
    try:
        _walk(octets)
        if octets.left:
            flaws = (Flaw(FlawKind.HIDDEN, f"{octets.left} bytes follow the model", octets.at),)
    except Untrue as error:
        flaws, stop = (Flaw(FlawKind.LIES, str(error), error.offset),), error
    except UnreadableAsset as error:
        stop = error
    yield XgboostModel(locator=asset.locator, flaws=flaws, encoding="ubj")
    if stop is not None:
        yield gap_of(asset.locator, stop)


def _walk(octets: Octets) -> None:
    """Passes over one value; the stack holds the closing mark and what is left of each container."""
    stack: list[tuple[bytes, int]] = []
    for _ in range(MAX_ITEMS):
        if stack and _closes(octets, stack):
            if not stack:
                return
            continue
        if stack and stack[-1][0] == b"}":
            octets.skip(_count(octets))
        _value(octets, octets.take(1), stack)
        if not stack:
            return
        if len(stack) > MAX_DEPTH:
            raise Malformed(f"is nested more than {MAX_DEPTH} deep", octets.at)
    raise Malformed(f"has more than {MAX_ITEMS} items", octets.at)


def _closes(octets: Octets, stack: list[tuple[bytes, int]]) -> bool:
    close, left = stack[-1]
    if left == 0:
        stack.pop()
        return True
    if left > 0:
        stack[-1] = (close, left - 1)
        return False
    if octets.take(1) == close:
        stack.pop()
        return True
    octets.at -= 1
    return False


def _value(octets: Octets, kind: bytes, stack: list[tuple[bytes, int]]) -> None:
    if kind in WIDTHS:
        octets.skip(WIDTHS[kind])
    elif kind in (b"S", b"H"):
        octets.skip(_count(octets))
    elif kind in (b"[", b"{"):
        mark = octets.take(1)
        inner = octets.take(1) if mark == b"$" else b""
        mark = octets.take(1) if mark == b"$" else mark
        if mark != b"#":
            octets.at -= 1
            stack.append((b"]" if kind == b"[" else b"}", -1))
            return
        count = _count(octets)
        if inner and kind == b"[":
            if inner not in WIDTHS:
                raise Malformed("an array of containers of one type", octets.at)
            octets.skip(count * WIDTHS[inner])
            return
        octets.expect(count)
        stack.append((b"]" if kind == b"[" else b"}", count))
    else:
        raise Malformed(f"{kind!r} begins no value", octets.at - 1)


def _count(octets: Octets) -> int:
    kind = octets.take(1)
    if kind not in CODES:
        raise Malformed(f"{kind!r} begins no length", octets.at - 1)
    count = octets.number(CODES[kind])
    if count < 0:
        raise Untrue(f"claims a length of {count}", octets.at)
    return count


SIGNS = Signs(starts=(b"binf", b"{L", b"{i", b"{U", b"{I", b"{l"), holds=(b'"learner"',))
FORMAT = Format("xgboost", "XGBoost model", claim, read)
