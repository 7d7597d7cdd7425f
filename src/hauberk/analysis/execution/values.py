"""What the symbolic pickle machine holds on its stack instead of objects."""

from __future__ import annotations

from dataclasses import dataclass

# Items of one container that are kept; arguments of honest calls are shorter, the rest only counts.
KEPT_ITEMS = 64


@dataclass(frozen=True, slots=True)
class Global:
    """What find_class would return."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Opaque:
    """A value of which only the type matters: a long string or a buffer, and where it stands."""

    kind: str
    size: int = 0
    offset: int = 0


@dataclass(slots=True, eq=False)
class Box:
    """A list, tuple, dict, set or frozenset: the first items, how many nodes hang below, how deep.

    A vague box holds, somewhere below, a value that a glimpse of the stream does not know.
    """

    kind: str
    items: list[Value]
    count: int = 0
    weight: int = 1
    depth: int = 1
    is_hashable: bool = True
    is_vague: bool = False


@dataclass(slots=True, eq=False)
class Made:
    """What a call would return; `how`: reduce, new, obj, inst, persistent, extension or array."""

    callee: Value
    arguments: Value
    how: str
    state: Value = None


Value = None | bool | int | float | str | bytes | Global | Opaque | Box | Made
# What is known, and can be a key: most of what stands in containers.
PLAIN = frozenset({type(None), bool, int, float, str, bytes, Global, Made})


def is_vague(value: Value) -> bool:
    """Whether a glimpse of the stream does not tell what the value is, or what it holds."""
    return value.is_vague if isinstance(value, Box) else isinstance(value, Opaque) and value.kind == "unknown"


def is_hashable(value: Value) -> bool:
    """Whether the value can be a key; what calls return is given the benefit of the doubt."""
    if isinstance(value, Box):
        return value.is_hashable and value.kind in ("tuple", "frozenset")
    return not (isinstance(value, Opaque) and value.kind in ("bytearray", "memoryview"))
