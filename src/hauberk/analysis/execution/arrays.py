"""Arrays inside a pickle: joblib writes their raw bytes behind the opcodes that describe them.

How many bytes follow is decided by what the pickle says of the array, so whoever forges that decides
which bytes are opcodes. A description is taken only if it is the one that joblib writes.
Source: joblib, `numpy_pickle.py`, NumpyArrayWrapper; numpy, `descriptor.c`, arraydescr_setstate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hauberk.analysis.execution.events import Kind
from hauberk.analysis.execution.values import Box, Global, Made, Value

if TYPE_CHECKING:
    from hauberk.analysis.execution.machine import Machine

WRAPPERS = frozenset(
    {
        Global("joblib.numpy_pickle", "NumpyArrayWrapper"),
        Global("sklearn.externals.joblib.numpy_pickle", "NumpyArrayWrapper"),
    }
)
DTYPE = Global("numpy", "dtype")
ARRAY = Global("numpy", "ndarray")
FIXED = re.compile(r"[<>=|]?[biufcmM](\d{1,3})|[<>=|]?(\?)")
SIZED = re.compile(r"[<>=|]?([SUV])(\d{1,9})")
HAS_OBJECTS = 1  # NPY_ITEM_REFCOUNT: the flag by which numpy tells arrays of objects
MAX_LOOK = 3  # arguments inside arguments in which the wrapper's class can be handed over
LARGEST_COUNT = (1 << 63) - 1  # numpy.int64, in which joblib multiplies the shape


@dataclass(frozen=True, slots=True)
class _Items:
    """Elements of one array: objects, pickled apart, or `width` bytes each."""

    width: int
    are_objects: bool


class _Forged(Exception):
    """The description is not one that joblib writes."""


def is_wrapper(value: Value) -> bool:
    """Whether the value is the class of joblib that stands for an array."""
    return isinstance(value, Global) and value in WRAPPERS


def describes_array(made: Made) -> bool:
    """Whether a state given to the object makes joblib read an array; the class may be an argument."""
    return is_wrapper(made.callee) or _holds_wrapper(made.arguments, MAX_LOOK)


def _holds_wrapper(value: Value, depth: int) -> bool:
    if isinstance(value, Box) and depth:
        return any(is_wrapper(each) or _holds_wrapper(each, depth - 1) for each in value.items)
    return False


def skip_array(m: Machine, made: Made, state: Value) -> None:
    """Go past the array that follows, as joblib does; what other loaders do is followed too."""
    if not m.takes_arrays:
        return
    try:
        told = _told(state)
        items = _items_of(told.get("dtype"))
        count = _count(told.get("shape"))
    except _Forged as error:
        m.event(Kind.FORGED, made, None, str(error))
        return
    m.close_frame()
    if items.are_objects:
        m.nested()
    else:
        _skip_raw(m, count * items.width, told.get("numpy_array_alignment_bytes") is not None)
    m.stack[-1] = Made(ARRAY, None, "array")


def _skip_raw(m: Machine, length: int, is_aligned: bool) -> None:
    if length or is_aligned:
        m.follow_otherwise()
    if is_aligned:
        m.skip(m.take(1)[0])
    m.skip(length)


def _told(state: Value) -> dict[str, Value]:
    if not isinstance(state, Box) or state.kind != "dict" or state.count != len(state.items):
        raise _Forged("its state is no plain dict")
    told: dict[str, Value] = {}
    for key, value in zip(state.items[::2], state.items[1::2], strict=True):
        if not isinstance(key, str):
            raise _Forged("its state has a key that is no text")
        told[key] = value
    return told


def _count(shape: Value) -> int:
    if not isinstance(shape, Box) or shape.kind != "tuple" or shape.count != len(shape.items):
        raise _Forged("its shape is no tuple")
    count = 1
    for each in shape.items:
        if not isinstance(each, int):
            raise _Forged("its shape is computed")
        count *= each
        if each < 0:
            raise _Forged("its extent is negative")
    if count > LARGEST_COUNT:
        raise _Forged("its shape overflows")
    return count


def _items_of(dtype: Value) -> _Items:
    if not isinstance(dtype, Made) or dtype.callee != DTYPE or not isinstance(dtype.arguments, Box):
        raise _Forged("its type is computed")
    arguments = dtype.arguments.items
    name = arguments[0] if arguments else None
    if not isinstance(name, str) or any(not isinstance(each, int) for each in arguments[1:]):
        raise _Forged("its type has no name")
    size, flags = _state_of(dtype.state)
    if name.lstrip("<>=|") in ("O", "O8"):
        if dtype.state is not None and not flags & HAS_OBJECTS:
            raise _Forged("its objects are flagged as none")
        return _Items(0, True)
    found = SIZED.fullmatch(name)
    if found is not None:
        return _sized(found, size, flags)
    fixed = FIXED.fullmatch(name)
    if fixed is None or size != -1 or flags & HAS_OBJECTS:
        raise _Forged(f"its type {name!r} is not told plainly")
    return _Items(int(fixed[1] or 1), False)


def _sized(found: re.Match[str], size: int, flags: int) -> _Items:
    """Text, bytes and records: the state repeats the size; only records may hold objects."""
    width = int(found[2]) * (4 if found[1] == "U" else 1)  # numpy stores UCS-4
    if size not in (-1, width):
        raise _Forged(f"its elements have {width} bytes, and {size}")
    if flags & HAS_OBJECTS and found[1] != "V":
        raise _Forged("its text is flagged as objects")
    return _Items(width, bool(flags & HAS_OBJECTS))


def _state_of(state: Value) -> tuple[int, int]:
    """Size of an element (-1: as the name says) and flags that a type's state sets."""
    if state is None:
        return -1, 0
    if not isinstance(state, Box) or state.kind != "tuple" or state.count not in (8, 9):
        raise _Forged("its type has an unknown state")
    size, flags = state.items[5], state.items[7]
    if not isinstance(size, int) or not isinstance(flags, int) or state.items[2] is not None:
        raise _Forged("its type has a computed state")
    return size, flags
