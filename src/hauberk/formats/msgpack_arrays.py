"""MessagePack checkpoints (Flax, JAX): maps of arrays, and the pickles that they may hide.

Source: MessagePack specification; flax, `serialization.py`, `_MsgpackExtType`; msgpack-numpy,
`decode`, which unpickles arrays of objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hauberk.core.asset import Asset, Kind, Slice
from hauberk.core.errors import Malformed, OverBudget, UnreadableAsset
from hauberk.core.finding import Place
from hauberk.core.gap import Gap, gap_of
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.octets import Octets, Untrue
from hauberk.formats.signs import Signs

# Items of one file, and levels of nesting: parameter trees are some 20 deep.
MAX_ITEMS = 2_000_000
MAX_DEPTH = 256
# Flax's arrays, complex numbers and scalars; -1 is MessagePack's own timestamp.
KNOWN_EXTENSIONS = {1, 2, 3, -1}
FIXED = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8,
         0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}  # fmt: skip
STRINGS = {0xD9: "B", 0xDA: "H", 0xDB: "I", 0xC4: "B", 0xC5: "H", 0xC6: "I"}
EXTENSIONS = {0xC7: "B", 0xC8: "H", 0xC9: "I"}
CONTAINERS = {0xDC: ("H", 1), 0xDD: ("I", 1), 0xDE: ("H", 2), 0xDF: ("I", 2)}


@dataclass(frozen=True, kw_only=True)
class MsgpackArrays(View):
    """A tree of values; `extensions` are the numbers of the extension types in it."""

    items: int
    extensions: tuple[int, ...] = ()


@dataclass(slots=True)
class _Walk:
    octets: Octets
    items: int = 0
    extensions: set[int] = field(default_factory=set)
    pickles: list[tuple[int, int]] = field(default_factory=list)


def claim(asset: Asset) -> Claim:
    """LIKELY for a map whose first key is a short text: there is no magic number."""
    head = asset.head
    first = head[0] if head else 0
    if not (0x81 <= first <= 0x8F or first in (0xDE, 0xDF)) or asset.kind is Kind.FOLDER:
        return Claim.NAME if asset.name.endswith(".msgpack") else Claim.NONE
    key = head[{0xDE: 3, 0xDF: 5}.get(first, 1) :]
    if not key or not (0xA1 <= key[0] <= 0xBF or key[0] == 0xD9):
        return Claim.NAME if asset.name.endswith(".msgpack") else Claim.NONE
    text = key[2 : 2 + key[1]] if key[0] == 0xD9 and len(key) > 1 else key[1 : 1 + (key[0] & 31)]
    return Claim.LIKELY if text.isascii() and text.decode("ascii").isprintable() else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The tree's view, and pickles found in it; arrays themselves are passed over."""
    walk = _Walk(Octets(asset.content, order=">"))
    flaws: tuple[Flaw, ...] = ()
    stop: UnreadableAsset | None = None
    try:
        _tree(walk)
        if walk.octets.left:
            flaws = (Flaw(FlawKind.HIDDEN, f"{walk.octets.left} bytes follow the tree", walk.octets.at),)
    except Untrue as error:
        flaws, stop = (Flaw(FlawKind.LIES, str(error), error.offset),), error
    except UnreadableAsset as error:
        stop = error
    known = tuple(sorted(walk.extensions))
    yield MsgpackArrays(locator=asset.locator, flaws=flaws, items=walk.items, extensions=known)
    for start, length in walk.pickles:
        yield asset.inner(f"bytes-at-{start}", Slice(asset.content, start, length), "pickle")
    for number in known:
        if number not in KNOWN_EXTENSIONS:
            yield Gap(Place(asset.locator), "unsupported", f"values of the extension type {number}")
    if stop is not None:
        yield gap_of(asset.locator, stop)


def _tree(walk: _Walk) -> None:
    left = [1]
    while left:
        if left[-1] == 0:
            left.pop()
            continue
        left[-1] -= 1
        walk.items += 1
        if walk.items > MAX_ITEMS:
            raise OverBudget(f"has more than {MAX_ITEMS} items", walk.octets.at)
        if inner := _value(walk):
            left.append(inner)
            if len(left) > MAX_DEPTH:
                raise Malformed(f"is nested more than {MAX_DEPTH} deep", walk.octets.at)


def _value(walk: _Walk) -> int:
    """Takes one value's head, and its bytes; returns how many values it holds."""
    octets = walk.octets
    mark = octets.u8()
    if mark < 0x80 or mark >= 0xE0:
        return 0
    if mark < 0xA0:
        return (mark & 15) * (2 if mark < 0x90 else 1)
    if mark < 0xC0:
        octets.skip(mark & 31)
    elif mark in FIXED:
        octets.skip(FIXED[mark])
    elif mark in STRINGS:
        _bytes(walk, octets.number(STRINGS[mark]))
    elif mark in EXTENSIONS:
        length = octets.number(EXTENSIONS[mark])
        walk.extensions.add(octets.number("b"))
        octets.skip(length)
    elif 0xD4 <= mark <= 0xD8:
        walk.extensions.add(octets.number("b"))
        octets.skip(1 << (mark - 0xD4))
    elif mark in CONTAINERS:
        code, each = CONTAINERS[mark]
        count = octets.number(code) * each
        octets.expect(count)
        return count
    else:
        raise Malformed(f"byte {mark:#x} begins no value", octets.at - 1)
    return 0


def _bytes(walk: _Walk, length: int) -> None:
    octets = walk.octets
    start = octets.at
    octets.expect(length)
    if length > 3:
        first = octets.take(2)
        octets.at = start + length - 1
        if first[0] == 0x80 and 2 <= first[1] <= 5 and octets.take(1) == b".":
            walk.pickles.append((start, length))
    octets.at = start + length


SIGNS = Signs(
    starts=(
        b"\x81", b"\x82", b"\x83", b"\x84", b"\x85", b"\x86", b"\x87", b"\x88", b"\x89", b"\x8a",
        b"\x8b", b"\x8c", b"\x8d", b"\x8e", b"\x8f", b"\xde", b"\xdf",
    ),
    ends=(".msgpack",),
)  # fmt: skip
FORMAT = Format("msgpack", "MessagePack checkpoint", claim, read)
