"""NumPy arrays (`.npy`): a Python literal that describes the bytes, or the pickle, behind it.

Source: NumPy Enhancement Proposal 1 and `numpy.lib.format`.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import cast

from hauberk.core.asset import Asset, Slice
from hauberk.core.errors import Malformed, Unsupported
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.octets import Octets, Untrue
from hauberk.formats.signs import Signs

MAGIC = b"\x93NUMPY"
# Bytes of header: a table of 20,000 columns. NumPy itself stops at 10,000 unless it trusts the file.
MAX_HEADER = 1 << 20
# Nesting of brackets in a header: structured types hold structured types two or three deep.
MAX_NESTING = 24
# Arrays saved one after the other into one file.
MAX_ARRAYS = 10_000
# Fields of a structured type, all levels together.
MAX_FIELDS = 100_000
# Dimensions of an array: NumPy itself stops at 64.
MAX_DIMENSIONS = 64
# Bytes of one element, and elements along one dimension: what 64-bit NumPy can count.
MAX_SIZE = 1 << 63
# A size this far beyond the file is no truncation any more.
LIE_FACTOR = 8
LIE_BYTES = 64 << 20

Descr = str | tuple[object, ...] | list[object]

# Byte order, kind, bytes, unit of time. Source: NumPy, "The array interface", typestr.
_SIMPLE = re.compile(r"[<>=|]?([?biufcmMSaUV])(\d{0,9})(?:\[[\w/ ]{1,20}\])?")
_OBJECT = re.compile(r"O|object", re.IGNORECASE)
_LONG = re.compile(r"(?<=\d)L\b")  # Python 2 wrote its long integers so
_SIGNS = re.compile(r"[-+~]\s*[-+~]|\bnot\b")  # chains of operators nest the parser without brackets
# A call, an attribute or an anonymous function: what NumPy before 1.0 evaluated.
_CALL = re.compile(r"[A-Za-z_]\w*\s*\(|\blambda\b|\)\s*\.|__")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\"")
_PREFIX = {(1, 0): "H", (2, 0): "I", (3, 0): "I"}


@dataclass(frozen=True, kw_only=True)
class NumpyArray(View):
    """One array; `holds_objects` says that its body is a pickle."""

    dtype: str
    shape: tuple[int, ...]
    holds_objects: bool


_HUGE = re.compile(r"[<>|=]?[VSUa]\d{10,}")


@dataclass(frozen=True, slots=True)
class _Element:
    """What an element is: bytes, and whether a Python object is among them."""

    size: int
    is_object: bool


def claim(asset: Asset) -> Claim:
    """CERTAIN by the magic string."""
    return Claim.CERTAIN if asset.head.startswith(MAGIC) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """Every array's view; the pickle of an object array as an inner asset."""
    octets = Octets(asset.content)
    for index in range(MAX_ARRAYS):
        described = _header(octets, asset.locator)
        if isinstance(described, NumpyArray):
            yield described
            raise Malformed(described.flaws[0].message, described.flaws[0].offset)
        try:
            shape, element, dtype = _described(described)
        except Untrue as error:
            flaw = Flaw(FlawKind.LIES, str(error))
            yield NumpyArray(locator=asset.locator, flaws=(flaw,), dtype="", shape=(), holds_objects=False)
            raise
        body, size = octets.at, prod(shape) * element.size
        flaws = () if element.is_object else tuple(_size_flaws(octets, size))
        yield NumpyArray(
            locator=asset.locator, flaws=flaws, dtype=dtype, shape=shape, holds_objects=element.is_object
        )
        if element.is_object:
            yield asset.inner(f"objects-{index}", Slice(asset.content, body, octets.left), "pickle")
            return
        octets.skip(size)
        if octets.left == 0 or flaws:
            return


def _size_flaws(octets: Octets, size: int) -> Iterator[Flaw]:
    left = octets.left
    if size > left * LIE_FACTOR and size > LIE_BYTES:
        yield Flaw(FlawKind.LIES, f"shape x dtype is {size} bytes, but only {left} follow", octets.at)
    elif size < left:
        start = octets.at
        octets.at = start + size
        follows = octets.take(min(len(MAGIC), left - size))
        octets.at = start
        if follows != MAGIC:
            yield Flaw(FlawKind.HIDDEN, f"{left - size} bytes follow the array", start + size)


def _header(octets: Octets, locator: str) -> dict[str, object] | NumpyArray:
    """The header's dictionary; a view with the flaw where its length cannot be true."""
    start = octets.at
    if octets.take(len(MAGIC)) != MAGIC:
        raise Malformed("another array was expected", start)
    version = (octets.u8(), octets.u8())
    if version not in _PREFIX:
        raise Unsupported(f"version {version[0]}.{version[1]} of the format", start)
    length = octets.number(_PREFIX[version])
    if length > MAX_HEADER:
        flaw = Flaw(FlawKind.LIES, f"claims a header of {length} bytes", start + 8)
        return NumpyArray(locator=locator, flaws=(flaw,), dtype="", shape=(), holds_objects=False)
    text = octets.take(length, MAX_HEADER).decode("latin-1" if version[0] < 3 else "utf-8", "replace")
    if _CALL.search(_QUOTED.sub("", text)):
        flaw = Flaw(FlawKind.HIDDEN, "the header holds an expression where a literal is due", start)
        return NumpyArray(locator=locator, flaws=(flaw,), dtype="", shape=(), holds_objects=False)
    return _literal(text, start)


def _literal(text: str, start: int) -> dict[str, object]:
    depth = deepest = 0
    for bracket in re.findall(r"[\[({})\]]", text):
        depth += 1 if bracket in "[({" else -1
        deepest = max(deepest, depth)
    if deepest > MAX_NESTING or _SIGNS.search(text):
        raise Malformed("the header is more than a plain literal", start)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd literals: they are refused below
            value = ast.literal_eval(_LONG.sub("", text.strip()))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise Malformed("the header is no Python literal", start) from None
    if not isinstance(value, dict) or not {"descr", "shape", "fortran_order"} <= value.keys():
        raise Malformed("the header lacks descr, shape or fortran_order", start)
    return cast(dict[str, object], value)


def _described(header: dict[str, object]) -> tuple[tuple[int, ...], _Element, str]:
    shape = header["shape"]
    if not isinstance(shape, tuple) or not all(
        isinstance(each, int) and 0 <= each < MAX_SIZE for each in shape
    ):
        raise Malformed("the shape is no tuple of sizes")
    if len(shape) > MAX_DIMENSIONS:
        raise Malformed(f"has {len(shape)} dimensions, more than {MAX_DIMENSIONS}")
    return shape, _element(header["descr"], [0]), repr(header["descr"])[:80]


def _element(descr: object, fields: list[int]) -> _Element:
    """Size of one element. A type that NumPy may read in another way is taken for an object."""
    fields[0] += 1
    if fields[0] > MAX_FIELDS:
        raise Malformed(f"a type of more than {MAX_FIELDS} fields")
    if isinstance(descr, str):
        return _simple(descr)
    if isinstance(descr, tuple) and len(descr) == 2:
        inner = _element(descr[0], fields)
        return _repeated(inner, descr[1])
    if isinstance(descr, list):
        parts = [_field(each, fields) for each in descr]
        return _Element(sum(each.size for each in parts), any(each.is_object for each in parts))
    raise Malformed("the descr is no type description")


def _field(described: object, fields: list[int]) -> _Element:
    if not isinstance(described, tuple) or len(described) not in (2, 3):
        raise Malformed("a field is no tuple of name, type and shape")
    inner = _element(described[1], fields)
    return _repeated(inner, described[2:3])


def _repeated(inner: _Element, shape: object) -> _Element:
    repeats = _repeats(shape)
    if len(repeats) > MAX_DIMENSIONS:
        raise Malformed(f"a sub-array has {len(repeats)} dimensions, more than {MAX_DIMENSIONS}")
    size = inner.size * prod(repeats)
    if size >= MAX_SIZE:
        raise Malformed("an element is larger than any memory")
    return _Element(size, inner.is_object)


def _repeats(shape: object) -> tuple[int, ...]:
    """The sizes of a sub-array, given as (), n, (n,) or ((n, m),)."""
    if isinstance(shape, int):
        return (shape if 0 <= shape < MAX_SIZE else MAX_SIZE,)
    if not isinstance(shape, tuple):
        raise Malformed("a sub-array's shape is no tuple")
    return tuple(size for each in shape for size in _repeats(each))


def _simple(descr: str) -> _Element:
    if found := _SIMPLE.fullmatch(descr):
        count = int(found[2] or 1)
        return _Element(count * 4 if found[1] == "U" else count, False)
    if _OBJECT.search(descr):
        return _Element(0, True)
    if _HUGE.fullmatch(descr):
        raise Untrue(f"an element of type {descr[:40]!r} is larger than any memory")
    raise Unsupported(f"the type {descr[:40]!r}")


SIGNS = Signs(starts=(b"\x93NUMPY",))
FORMAT = Format("npy", "NumPy array", claim, read)
