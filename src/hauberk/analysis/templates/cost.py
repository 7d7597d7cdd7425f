"""What rendering a template would cost: loops over huge ranges, texts that double.

Source: Jinja documentation, "Sandbox", `MAX_RANGE` and resource limits; CWE-400.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

from hauberk.analysis.templates.fold import Folding
from hauberk.analysis.templates.reach import learned
from hauberk.analysis.templates.tree import parse

if TYPE_CHECKING:
    from jinja2 import nodes

# Rounds of a loop, or of loops in loops; a prompt has thousands of messages at most.
MAX_ROUNDS = 1_000_000
# Characters that one repetition, indent or width makes.
MAX_MADE = 10_000_000
# A power of this and more has digits by the thousand.
MAX_EXPONENT = 100_000
TEXTS = frozenset({"Const", "List", "Tuple", "Concat"})
# Filters and methods whose number is a width.
WIDENING = frozenset(
    {"center", "indent", "batch", "slice", "wordwrap", "format", "ljust", "rjust", "zfill", "expandtabs"}
)


@lru_cache(maxsize=64)
def costs(text: str) -> tuple[str, ...]:
    """What of the template is made to exhaust its renderer. Raises Malformed and OverBudget."""
    tree = parse(text)
    folding = learned(tree)
    found: list[str] = []
    todo: list[tuple[Any, int]] = [(tree, 1)]
    while todo:
        node, rounds = todo.pop()
        kind = type(node).__name__
        if kind == "For":
            rounds *= _rounds(node.iter, folding)
            if rounds > MAX_ROUNDS:
                found.append(f"line {node.lineno} loops more than {MAX_ROUNDS} times")
                continue
        elif made := _made(node, kind, folding):
            found.append(f"line {node.lineno} makes {made}")
        if rounds > 20 and kind == "Assign" and _doubles(node):
            found.append(f"line {node.lineno} doubles a text in each of {rounds} rounds")
        todo += [(each, rounds) for each in node.iter_child_nodes()]
    return tuple(dict.fromkeys(found))


def _rounds(node: nodes.Node, folding: Folding) -> int:
    """How often a loop runs, if that is a matter of constants; 1 where it depends on the messages."""
    if type(node).__name__ == "Filter" and getattr(node, "node", None) is not None:
        return _rounds(node.node, folding)  # type: ignore[attr-defined]  # a Filter has one
    if type(node).__name__ != "Call" or getattr(node.node, "name", "") != "range":  # type: ignore[attr-defined]
        return (
            max((len(each) for each in folding.values(node) if isinstance(each, list | str)), default=1) or 1
        )
    choices = [_numbers(each, folding) for each in node.args]  # type: ignore[attr-defined]  # a Call has them
    if not choices or not all(choices):
        return 1
    picked = [max(each, key=abs) for each in choices]
    try:
        return max(len(range(*picked[:3])), 1)
    except (ValueError, TypeError):
        return 1
    except OverflowError:
        return MAX_ROUNDS + 1


def _numbers(node: Any, folding: Folding) -> list[int]:
    """The whole numbers that an expression may be, powers and products included."""
    kind = type(node).__name__
    if kind == "Pow":
        left, right = _numbers(node.left, folding), _numbers(node.right, folding)
        if not left or not right:
            return []
        base, exponent = max(left, key=abs), max(right)
        if abs(base) > 1 and (exponent > 64 or abs(base) ** max(exponent, 0) > MAX_MADE):
            return [MAX_MADE * 1000]
        return [base ** max(exponent, 0)]
    if kind == "Mul":
        left, right = _numbers(node.left, folding), _numbers(node.right, folding)
        # What depends on the messages is at least one.
        return (
            [prod((max(left, key=abs, default=1), max(right, key=abs, default=1)))] if left or right else []
        )
    return [each for each in folding.values(node) if isinstance(each, int)]


def _made(node: Any, kind: str, folding: Folding) -> str:
    """What one expression makes too much of; empty if it is fine."""
    if kind in ("Mul", "Pow") and _grows(node, kind, folding):
        return "a text or number of unreasonable size"
    given: list[Any] = []
    name = getattr(node, "name", "") if kind == "Filter" else ""
    if kind == "Filter" and name in WIDENING:
        given = node.args
    elif kind == "Call":
        name = getattr(node.node, "attr", "") or getattr(node.node, "name", "")
        if name in WIDENING or name in ("range", "lipsum"):
            given = [*node.args, *(pair.value for pair in node.kwargs)]
    if any(abs(each) > MAX_MADE for arg in given for each in _numbers(arg, folding)):
        return f"more than {MAX_MADE} things with {name}"
    if kind in ("Mod", "Call", "Filter") and any(_is_wide(each) for each in _patterns(node, kind, folding)):
        return f"a field of more than {MAX_MADE} characters"
    return ""


def _grows(node: Any, kind: str, folding: Folding) -> bool:
    """A product or power of constants that is far too large."""
    right = _numbers(node.right, folding)
    if kind == "Pow":
        is_large = any(abs(each) > MAX_MADE**2 for each in _numbers(node, folding))
        return is_large or max(right, default=0) > MAX_EXPONENT
    left = _numbers(node.left, folding)
    is_left_text = type(node.left).__name__ in TEXTS or bool(folding.values(node.left))
    is_right_text = type(node.right).__name__ in TEXTS or bool(folding.values(node.right))
    return (is_left_text and max(right, default=0) > MAX_MADE) or (
        is_right_text and max(left, default=0) > MAX_MADE
    )


def _patterns(node: Any, kind: str, folding: Folding) -> list[str]:
    pattern = (
        node.left if kind == "Mod" else node.node if kind == "Filter" else getattr(node.node, "node", None)
    )
    is_format = (kind == "Call" and getattr(node.node, "attr", "") == "format") or (
        kind == "Filter" and node.name == "format"
    )
    if pattern is None or not (is_format or kind == "Mod"):
        return []
    return [each for each in folding.values(pattern) if isinstance(each, str)]


def _is_wide(pattern: str) -> bool:
    return any(int(each) > MAX_MADE for each in re.findall(r"[%{:][^%{}]{0,8}?(\d{8,18})", pattern))


def _doubles(node: Any) -> bool:
    """`{% set x = x ~ x %}`: the name stands at least twice in what it becomes."""
    target = getattr(node.target, "name", "")
    member = getattr(node.target, "attr", "")
    if type(node.node).__name__ not in ("Concat", "Add", "Mul"):
        return False
    count = 0
    todo: list[Any] = [node.node]
    while todo:
        each = todo.pop()
        kind = type(each).__name__
        if (
            kind == "Getattr" and member and each.attr == member and getattr(each.node, "name", "") == target
        ) or (kind == "Name" and not member and each.name == target):
            count += 1
        elif kind in ("Concat", "Add", "Mul"):
            todo += each.iter_child_nodes()
    return count >= 2
