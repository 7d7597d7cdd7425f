"""What expressions of a module give, as far as that is known before it is applied.

A variable has the value that the module's own files give it; everything else that only a provider or a
caller knows stays Unknown, and a name that is not known is a word of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hauberk.formats.terraform.syntax import Call, Expression, Opaque, Pairs, Reference, Template

# References that lead to references; a circle ends here.
MAX_STEPS = 24
# Parts of one local value; generated tables have some thousand.
MAX_PARTS = 50_000
# What stands for the account that a module is applied in.
OWN_ACCOUNT = "000000000000"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is known only after apply, or by the caller."""

    text: str


Value = str | float | bool | None | list["Value"] | dict[str, "Value"] | Unknown
Names = Callable[[tuple[str, ...], int], "Value"]


def value_of(expression: Expression, names: Names, steps: int = 0) -> Value:
    """The value; `names` says what references stand for."""
    if steps > MAX_STEPS:
        return Unknown("a reference that leads to itself")
    if isinstance(expression, Reference):
        return names(expression.steps, steps + 1)
    if isinstance(expression, Template):
        return _joined([value_of(each, names, steps) for each in expression.parts], expression)
    if isinstance(expression, Pairs):
        found: dict[str, Value] = {key: value_of(each, names, steps) for key, each, _ in expression.items}
        return found if expression.is_whole else Unknown("an object with calculated keys")
    if isinstance(expression, tuple):
        return [value_of(each, names, steps) for each in expression]
    if isinstance(expression, Call):
        return _called(expression, [value_of(each, names, steps) for each in expression.arguments])
    return Unknown(expression.text) if isinstance(expression, Opaque) else expression


def _joined(parts: list[Value], template: Template) -> Value:
    """The text; a part that is not known is a word that nobody else uses."""
    words = [f"unknown-{_word(each.text)}" if isinstance(each, Unknown) else each for each in parts]
    if any(isinstance(each, (list, dict)) or each is None for each in words):
        return Unknown(str(template)[:100])
    return "".join(_text(each) for each in words)


def _text(value: Value) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _word(text: str) -> str:
    return "".join(each if each.isalnum() else "-" for each in text)[:60]


def _called(call: Call, arguments: list[Value]) -> Value:
    unknown = next((each for each in arguments if isinstance(each, Unknown)), None)
    if unknown is not None:
        return unknown
    known = _FUNCTIONS.get(call.name)
    return Unknown(f"{call.name}(...)") if known is None else known(arguments)


def _first(arguments: list[Value]) -> Value:
    return arguments[0] if arguments else Unknown("a call without arguments")


def _concat(arguments: list[Value]) -> Value:
    found: list[Value] = []
    for each in arguments:
        if not isinstance(each, list):
            return Unknown("concat of what is no list")
        found += each
    return found


def _merge(arguments: list[Value]) -> Value:
    found: dict[str, Value] = {}
    for each in arguments:
        if not isinstance(each, dict):
            return Unknown("merge of what is no object")
        found |= each
    return found


# jsonencode gives the value itself: whoever wants a policy reads it.
_FUNCTIONS: Mapping[str, Callable[[list[Value]], Value]] = {
    "jsonencode": _first,
    "tolist": _first,
    "toset": _first,
    "tostring": _first,
    "tomap": _first,
    "concat": _concat,
    "merge": _merge,
}


def is_known(value: Value) -> bool:
    """Whether no part of the value is Unknown."""
    if isinstance(value, list):
        return all(is_known(each) for each in value)
    if isinstance(value, dict):
        return all(is_known(each) for each in value.values())
    return not isinstance(value, Unknown)


def is_small(value: Value) -> bool:
    """Whether the value has at most MAX_PARTS: lists of one list twice grow without end."""
    parts, open_ones = 0, [value]
    while open_ones:
        each = open_ones.pop()
        parts += 1 + (len(each) >> 6 if isinstance(each, str) else 0)
        if parts > MAX_PARTS:
            return False
        open_ones += each if isinstance(each, list) else each.values() if isinstance(each, dict) else ()
    return True
