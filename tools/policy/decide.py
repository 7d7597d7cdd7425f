"""What a saved object may do with one name."""

from __future__ import annotations

import enum
import inspect
import sys
import types
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from .curated import DECIDED
from .effects import Reason, reason_against, reason_against_building

# A hard reason this few calls away is the function's own doing; deeper, it is only left off the list.
NEAR = 2


@dataclass(frozen=True, slots=True)
class Decision:
    """A word of the policy ("" to leave the name off), and what a reviewer should know."""

    word: str
    note: str = ""


def decide_seen(
    key: tuple[str, str], target: Any, uses: AbstractSet[str], shapes: AbstractSet[str]
) -> Decision:
    """For a name that a real saved object uses."""
    if word := DECIDED.get(".".join(key)):
        return Decision(word)
    if isinstance(target, type):
        return _seen_class(target, uses, shapes)
    if "call" in uses:
        return _seen_function(target, shapes)
    why = reason_against(target) if isinstance(target, types.FunctionType) else None
    if why is not None and why.is_hard:
        return Decision("unsafe" if why.depth <= NEAR else "", why.words)
    return Decision("value", why.words if why else "")


def _is_distribution(kind: type) -> bool:
    """scipy's distributions execute `_parse_arg_template` of their state; the engine compares its text."""
    titles = {f"{each.__module__}.{each.__qualname__}" for each in kind.__mro__}
    return "scipy.stats._distn_infrastructure.rv_generic" in titles


def _seen_class(kind: type, uses: AbstractSet[str], shapes: AbstractSet[str]) -> Decision:
    if _is_distribution(kind):
        return Decision("build:distribution")
    why = reason_against_building(kind)
    if why is not None and why.is_hard:
        # Real objects need it, and a forged state could do harm: unknown is the honest word.
        return Decision("", f"LEFT OFF: {why.words}")
    note = why.words if why else ""
    if "call" not in uses:
        return Decision("build", note)
    if issubclass(kind, enum.Enum):
        return Decision("new", note)
    made = reason_against(kind)
    if made is not None and made.is_hard:
        return Decision("build", f"not called: {made.words}")
    word = "new" if shapes <= {"literal"} else "call"
    return Decision(word, made.words if made else note)


def _seen_function(target: Any, shapes: AbstractSet[str]) -> Decision:
    why = reason_against(target)
    if why is not None and why.is_hard:
        return Decision("unsafe", why.words)
    if why is None:
        return Decision("call")
    for shape in ("literal", "first-listed"):
        if shapes <= {shape}:
            return Decision(f"call:{shape}", why.words)
    return Decision("", f"CALLED, BUT {why.words}; decide by hand")


def decide_unseen(key: tuple[str, str], target: Any) -> Decision:
    """For a name that the library defines, but that no specimen used."""
    if word := DECIDED.get(".".join(key)):
        return Decision(word)
    if isinstance(target, type):
        return _unseen_class(target)
    name = key[1]
    if name.startswith("_"):
        return Decision("")
    if not isinstance(target, types.FunctionType) and not _is_array_function(target):
        return Decision("")
    is_ufunc = type(target).__name__ == "ufunc"
    why = None if is_ufunc else reason_against(getattr(target, "_implementation", target))
    if why is None:
        return Decision("value")
    return Decision("unsafe" if why.is_hard and why.depth <= NEAR else "", why.words)


def _is_array_function(target: Any) -> bool:
    return type(target).__name__ in ("ufunc", "_ArrayFunctionDispatcher", "MultiUFunc")


# Modules of the standard library whose classes hold data only.
PARENT_MODULES = {
    "builtins", "typing", "abc", "collections", "collections.abc", "enum", "_collections", "dataclasses",
    "numbers", "argparse", "datetime", "decimal", "fractions", "types", "re",
}  # fmt: skip


def _unseen_class(kind: type) -> Decision:
    if _is_distribution(kind):
        return Decision("build:distribution")
    if not all(_is_readable(each) for each in kind.__mro__):
        return Decision("", "is not Python")
    why = reason_against_building(kind)
    if why is not None:
        return Decision("unsafe" if why.is_hard and why.depth <= NEAR else "", why.words)
    if issubclass(kind, enum.Enum):
        return Decision("new")
    if issubclass(kind, BaseException):
        return _exception(kind)
    if issubclass(kind, types.GenericAlias) or getattr(kind, "_is_protocol", False):
        return Decision("")
    reducers = ("__reduce__", "__reduce_ex__")
    if any(
        inspect.getattr_static(kind, each) is not inspect.getattr_static(object, each) for each in reducers
    ):
        return Decision("", "has a protocol of its own")
    return Decision("build")


def _exception(kind: type) -> Decision:
    found: Reason | None = None
    for name in ("__new__", "__init__"):
        method = inspect.getattr_static(kind, name, None)
        if isinstance(method, types.FunctionType):
            found = found or reason_against(method, kind)
    return Decision("" if found else "new", found.words if found else "")


def _is_readable(kind: type) -> bool:
    if kind.__module__ in PARENT_MODULES:
        return True
    if kind.__module__.partition(".")[0] in sys.stdlib_module_names:
        return False
    title = f"{kind.__module__}.{kind.__qualname__}"
    return bool(kind.__flags__ & (1 << 9)) or title in {"numpy.ndarray", "torch._C.TensorBase"}  # heap type
