"""Constants of a template: what its string arithmetic comes to, as far as it can be known.

Bounded: nothing longer than `MAX_TEXT` is made, and at most `MAX_VALUES` values are kept for a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import nodes

# Characters of a folded text: attribute names are short.
MAX_TEXT = 4096
# Values that one name or expression may have; a template that picks from more is followed no further.
MAX_VALUES = 24
# Expressions inside expressions.
MAX_DEPTH = 60
Values = tuple[Any, ...]

METHODS: dict[str, Callable[..., Any]] = {
    name: getattr(str, name)
    for name in (
        "lower", "upper", "capitalize", "title", "swapcase", "strip", "lstrip", "rstrip", "replace", "join",
        "split", "rsplit", "removeprefix", "removesuffix", "casefold", "splitlines", "partition",
        "rpartition",
    )
}  # fmt: skip
FILTERS: dict[str, Callable[..., Any]] = {
    "lower": lambda value: str(value).lower(),
    "upper": lambda value: str(value).upper(),
    "capitalize": lambda value: str(value).capitalize(),
    "title": lambda value: str(value).title(),
    "center": lambda value, width=80: str(value).center(width) if width <= MAX_TEXT else "",
    "trim": lambda value, chars=None: str(value).strip(chars),
    "string": str,
    "safe": str,
    "escape": str,
    "e": str,
    "list": list,
    "reverse": lambda value: value[::-1],
    "first": lambda value: value[0],
    "last": lambda value: value[-1],
    "join": lambda value, by="": str(by).join(str(each) for each in value),
    "replace": lambda value, old, new, count=-1: str(value).replace(str(old), str(new), count),
    "format": lambda value, *given: _formatted(str(value), given),
    "sort": lambda value: sorted(value),
    "unique": lambda value: list(dict.fromkeys(value)),
    "sum": lambda value: sum(value),
    "int": int,
    "abs": abs,
}


def _formatted(pattern: str, given: Any) -> str:
    # A width or precision makes any length out of a few characters.
    if any(each.isdigit() for each in pattern) or "*" in pattern or len(pattern) > MAX_TEXT:
        raise ValueError(pattern)
    made: str = pattern % given
    return made


@dataclass(slots=True)
class Folding:
    """The values that names may have, gathered from every assignment of the template."""

    names: dict[str, Values] = field(default_factory=dict)
    settled: dict[int, Values] = field(default_factory=dict)

    def learn(self, name: str, values: Values) -> bool:
        """Add values of a name; False if nothing was new."""
        known = self.names.get(name, ())
        new = [each for each in values if each not in known]
        if not new or len(known) >= MAX_VALUES:
            return False
        self.names[name] = (*known, *new)[:MAX_VALUES]
        return True

    def values(self, node: nodes.Node, depth: int = 0) -> Values:
        """What the expression may be; empty where that is not known."""
        if (known := self.settled.get(id(node))) is not None:
            return known
        if depth > MAX_DEPTH:
            return ()
        try:
            found = list(self._values(node, depth + 1))[:MAX_VALUES]
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, MemoryError):
            return ()
        return tuple(each for each in found if not isinstance(each, str | list) or len(each) <= MAX_TEXT)

    def settle(self, inner_first: Iterable[nodes.Node]) -> None:
        """Keep the values of these expressions, once no name changes: towers of them are then cheap."""
        for node in inner_first:
            self.settled[id(node)] = self.values(node)

    def _values(self, node: Any, depth: int) -> Iterator[Any]:
        kind = type(node).__name__
        if kind in ("Const", "TemplateData"):
            yield node.value if kind == "Const" else node.data
        elif kind == "Name":
            yield from self.names.get(node.name, ())
        elif kind == "Getattr" and type(node.node).__name__ == "Name":
            yield from self.names.get(f"{node.node.name}.{node.attr}", ())
        elif kind in ("List", "Tuple"):
            for picked in self._each(node.items, depth):
                yield list(picked)
        elif kind == "Dict":
            for picked in self._each([pair.key for pair in node.items], depth):
                yield list(picked)
        elif kind == "Concat":
            for picked in self._each(node.nodes, depth):
                yield "".join(str(each) for each in picked)
        elif kind in ("Add", "Mul", "Mod", "Sub"):
            for left, right in self._each([node.left, node.right], depth):
                yield _arithmetic(kind, left, right)
        elif kind == "CondExpr":
            yield from self.values(node.expr1, depth)
            yield from self.values(node.expr2, depth) if node.expr2 else ()
        elif kind in ("Or", "And"):
            yield from (*self.values(node.left, depth), *self.values(node.right, depth))
        elif kind == "Neg":
            yield from (-each for each in self.values(node.node, depth))
        elif kind == "Getitem":
            yield from self._item(node, depth)
        elif kind == "Filter":
            yield from self._filter(node, depth)
        elif kind == "Call":
            yield from self._call(node, depth)

    def _each(self, parts: list[Any], depth: int) -> Iterator[tuple[Any, ...]]:
        """Every choice of one value a part, as long as these stay few."""
        choices = [self.values(part, depth) for part in parts]
        for count, picked in enumerate(product(*choices)):
            if count >= MAX_VALUES:
                return
            yield picked

    def _item(self, node: Any, depth: int) -> Iterator[Any]:
        values = self.values(node.node, depth)
        if type(node.arg).__name__ == "Slice":
            ends = [
                self.values(end, depth) if end else (None,)
                for end in (node.arg.start, node.arg.stop, node.arg.step)
            ]
            yield from (each[slice(*picked)] for each in values for picked in product(*ends))
            return
        keys = self.values(node.arg, depth)
        if type(node.node).__name__ == "Name":
            for key in keys:
                yield from self.names.get(f"{node.node.name}.{key}", ())
        yield from (each[key] for each in values for key in keys if isinstance(key, int))

    def _filter(self, node: Any, depth: int) -> Iterator[Any]:
        if node.node is None:
            return
        if node.name == "map" and node.args:
            yield from self._mapped(node, depth)
            return
        if node.name == "format" and node.kwargs:
            named = {pair.key: (self.values(pair.value, depth) or ("",))[0] for pair in node.kwargs}
            yield from (str(each) % named for each in self.values(node.node, depth) if "%(" in str(each))
            return
        if node.name == "sum" and len(node.kwargs) == 1 and node.kwargs[0].key == "start":
            for items, start in self._each([node.node, node.kwargs[0].value], depth):
                yield "".join([str(start), *items])
            return
        if node.name not in FILTERS or node.kwargs:
            return
        for given in self._each([node.node, *node.args], depth):
            yield FILTERS[node.name](*given)

    def _mapped(self, node: Any, depth: int) -> Iterator[Any]:
        for value, name in self._each([node.node, node.args[0]], depth):
            if name in FILTERS and len(node.args) == 1:
                yield [FILTERS[name](each) for each in value]

    def _call(self, node: Any, depth: int) -> Iterator[Any]:
        called = node.node
        if (
            type(called).__name__ == "Getattr"
            and called.attr == "next"
            and type(called.node).__name__ == "Call"
        ):
            for each in called.node.args:
                yield from self.values(each, depth)
            return
        if type(called).__name__ == "Name" and called.name in ("dict", "namespace") and not node.args:
            yield [pair.key for pair in node.kwargs]
            return
        if type(called).__name__ == "Name" and called.name == "range":
            yield from (list(range(*given)) for given in self._each(node.args, depth) if _is_short(given))
            return
        if type(called).__name__ != "Getattr" or node.kwargs:
            return
        for value, *given in self._each([called.node, *node.args], depth):
            if called.attr == "format" and isinstance(value, str):
                yield _braces(value, given)
            elif called.attr in METHODS and isinstance(value, str):
                yield METHODS[called.attr](value, *given)
            elif called.attr in ("keys", "copy") and isinstance(value, list):
                yield value
            elif called.attr == "pop" and isinstance(value, list):
                yield value[given[0] if given else -1]


def _is_short(given: tuple[Any, ...]) -> bool:
    return all(isinstance(each, int) and abs(each) <= MAX_TEXT for each in given)


def _braces(pattern: str, given: list[Any]) -> str:
    """`str.format` for plain fields and the character code `c`; attributes and widths are refused."""
    out, count = pattern.replace("{:c}", "{}"), 0
    codes = "{:c}" in pattern
    while "{}" in out:
        value = given[count]
        out = out.replace("{}", chr(value) if codes and isinstance(value, int) else str(value), 1)
        count += 1
    for index, value in enumerate(given):
        out = out.replace(f"{{{index}}}", str(value)).replace(f"{{{index}:c}}", _character(value))
    return out


def _character(value: Any) -> str:
    return chr(value) if isinstance(value, int) else str(value)


def _arithmetic(kind: str, left: Any, right: Any) -> Any:
    if kind == "Add":
        return left + right
    if kind == "Sub":
        return left - right
    if kind == "Mod":
        given = tuple(right) if isinstance(right, list) else right
        return _formatted(left, given) if isinstance(left, str) else left % right
    times = right if isinstance(right, int) else left
    size = len(left) if isinstance(left, str | list) else len(right) if isinstance(right, str | list) else 1
    if not isinstance(times, int) or times * size > MAX_TEXT:
        raise ValueError(times)
    return left * right
