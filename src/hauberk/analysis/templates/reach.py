"""What a template reaches beyond the values it is given: interpreters' internals, other templates.

Source: Jinja documentation, "Sandbox"; OWASP, "Server Side Template Injection"; CVE-2024-34359.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from hauberk.analysis.templates.fold import Folding
from hauberk.analysis.templates.tree import parse

if TYPE_CHECKING:
    from jinja2 import nodes

DUNDER = re.compile(r"__[A-Za-z][A-Za-z0-9_]*__|_TemplateReference__\w+")
# As text they count only as Python writes them: `__NOT_A_NUMBER__` is a placeholder of somebody's own.
INTERNAL = re.compile(r"__[a-z][a-z0-9_]*__|_TemplateReference__\w+")
# Attributes through which Python objects lead out of a template, beside double underscores.
ESCAPES = frozenset(
    {
        "mro", "gi_frame", "gi_code", "gi_yieldfrom", "f_globals", "f_locals", "f_back", "f_builtins",
        "f_code",
        "func_globals", "func_code", "func_closure", "im_func", "im_self", "im_class", "cr_frame", "cr_code",
        "ag_frame", "ag_code", "tb_frame", "tb_next", "co_code", "co_consts", "_module",
        "_get_default_module",
        "_load_form_data", "_compile", "_generate", "overlay", "from_string", "get_template", "exported_vars",
    }
)  # fmt: skip
# Methods that run commands in Python; no message has one.
RUNS = frozenset(
    {"popen", "system", "Popen", "check_output", "getoutput", "import_module", "load_module", "eval"}
)
# Names that only escapes begin with: functions and objects whose attributes lead to the interpreter.
ROOTS = frozenset(
    {"lipsum", "self", "request", "url_for", "get_flashed_messages", "__builtins__", "caller", "varargs"}
)
# Functions that honest templates call, and do not reach into.
CALLED = {
    "cycler": {"next", "reset", "current"},
    "joiner": set(),
    "namespace": set(),
    "range": set(),
    "dict": set(),
}
# Fields of `str.format` that go into attributes.
FIELD = re.compile(r"\{[^{}]*(?:\.|\[)_{1,2}[A-Za-z]\w*[^{}]*\}")
# Filters that take the name of an attribute, and which of their arguments it is.
BY_NAME = {
    "attr": 0,
    "selectattr": 0,
    "rejectattr": 0,
    "groupby": 0,
    "sum": 0,
    "min": 0,
    "max": 0,
    "sort": -1,
    "unique": -1,
}
# Rounds in which assignments are followed through each other.
MAX_ROUNDS = 6


class Reach(NamedTuple):
    """One thing reached: what it is, its 1-based line, and whether only its way is hidden."""

    name: str
    line: int
    is_computed: bool = False


@lru_cache(maxsize=64)
def reaches(text: str) -> tuple[Reach, ...]:
    """Everything of the template that leads out of it, in order. Raises Malformed and OverBudget."""
    tree = parse(text)
    folding = learned(tree)
    found: dict[tuple[str, bool], Reach] = {}
    assigned = {each.name for each in _all(tree, "Name") if each.ctx in ("store", "param")}
    for node in _nodes(tree):
        for each in _of(node, folding, assigned):
            found.setdefault((each.name, each.is_computed), each)
    return tuple(sorted(found.values(), key=lambda each: (each.line, each.name)))


def raw_reaches(text: str) -> tuple[Reach, ...]:
    """Double underscores between the delimiters of a text that is no template, for all that."""
    found = []
    for block in re.finditer(r"\{[{%](.*?)(?:[}%]\}|\Z)", text, re.DOTALL):
        for each in DUNDER.finditer(block[1].replace("\\x5f", "_")):
            found.append(Reach(each[0], text.count("\n", 0, block.start()) + 1))
    return tuple(dict.fromkeys(found))


def learned(tree: nodes.Node) -> Folding:
    """The constants that names of the template may hold."""
    folding = Folding()
    macros = {each.name: each for each in _all(tree, "Macro")}
    for _ in range(MAX_ROUNDS):
        news = [_learn(node, folding) or _learn_call(node, macros, folding) for node in _nodes(tree)]
        if True not in news:
            break
    folding.settle(reversed(list(_nodes(tree))))
    return folding


def _learn(node: Any, folding: Folding) -> bool:
    kind = type(node).__name__
    if kind == "Assign":
        if type(node.target).__name__ == "Tuple" and type(node.node).__name__ == "Tuple":
            pairs = zip(node.target.items, node.node.items, strict=False)
            return _learn_pairs(((_target(left), right) for left, right in pairs), folding)
        is_new = _learn_members(_target(node.target), node.node, folding)
        return folding.learn(_target(node.target), folding.values(node.node)) or is_new
    if kind == "AssignBlock":
        parts = [part for out in node.body if type(out).__name__ == "Output" for part in out.nodes]
        values = [folding.values(part) for part in parts]
        text = "".join(str(each[0]) for each in values if each) if all(values) else ""
        return folding.learn(_target(node.target), (text,) if text else ())
    if kind == "For":
        lists = [each for each in folding.values(node.iter) if isinstance(each, list | str)]
        return folding.learn(_target(node.target), tuple(item for each in lists for item in list(each)[:50]))
    if kind == "With":
        pairs = zip(node.targets, node.values, strict=False)
        return _learn_pairs(((_target(left), right) for left, right in pairs), folding)
    if kind == "Macro":
        pairs = zip(node.args[len(node.args) - len(node.defaults) :], node.defaults, strict=False)
        return _learn_pairs(((_target(left), right) for left, right in pairs), folding)
    return False


def _learn_pairs(pairs: Iterable[tuple[str, Any]], folding: Folding) -> bool:
    """Give every name what its expression may be; whether any of that was new."""
    return True in [folding.learn(name, folding.values(value)) for name, value in pairs]


def _learn_call(node: Any, macros: dict[str, Any], folding: Folding) -> bool:
    """What a macro is called with, its parameters may be."""
    if type(node).__name__ != "Call" or getattr(node.node, "name", "") not in macros:
        return False
    names = [each.name for each in macros[node.node.name].args]
    given = [*zip(names, node.args, strict=False), *((pair.key, pair.value) for pair in node.kwargs)]
    return _learn_pairs(((name, value) for name, value in given if name in names), folding)


def _learn_members(name: str, node: Any, folding: Folding) -> bool:
    """`namespace(a='...')` and `{'a': '...'}` give values to `name.a`."""
    if type(node).__name__ == "Call" and type(node.node).__name__ == "Name":
        return _learn_pairs(((f"{name}.{pair.key}", pair.value) for pair in node.kwargs), folding)
    if type(node).__name__ == "Dict":
        keyed = [(key, pair.value) for pair in node.items for key in folding.values(pair.key)]
        return _learn_pairs(((f"{name}.{key}", value) for key, value in keyed), folding)
    return False


def _target(node: Any) -> str:
    kind = type(node).__name__
    if kind == "NSRef":
        return f"{node.name}.{node.attr}"
    return node.name if kind == "Name" else ""


def _nodes(tree: nodes.Node) -> Iterator[Any]:
    """Every node in the order of the text, without recursion."""
    todo: list[Any] = [tree]
    while todo:
        node = todo.pop()
        yield node
        todo += reversed(list(node.iter_child_nodes()))


def _all(tree: nodes.Node, kind: str) -> Iterator[Any]:
    return (node for node in _nodes(tree) if type(node).__name__ == kind)


def _of(node: Any, folding: Folding, assigned: set[str]) -> Iterator[Reach]:
    kind = type(node).__name__
    if kind in ("Import", "FromImport", "Include", "Extends"):
        yield Reach(f"{kind.lower()} of another template", node.lineno)
    elif kind == "Getattr":
        yield from _attribute(node, node.attr)
        name = node.node.name if type(node.node).__name__ == "Name" else ""
        if node.attr not in CALLED.get(name, {node.attr}) and name not in assigned:
            yield Reach(f"{name}.{node.attr}", node.lineno)
    elif kind == "Getitem":
        values = folding.values(node.arg)
        for value in values:
            if isinstance(value, str):
                yield from _attribute(node, value)
        if not values and _is_built(node.arg, folding):
            yield Reach("an attribute whose name is put together", node.lineno, True)
    elif kind == "Name" and node.ctx == "load" and node.name in ROOTS - assigned:
        if node.name not in ("caller", "varargs"):
            yield Reach(node.name, node.lineno)
    elif kind in ("Filter", "Test"):
        yield from _by_name(node, folding)
    elif kind == "Call" and type(node.node).__name__ == "Getattr" and node.node.attr in RUNS:
        yield Reach(f"{node.node.attr}()", node.lineno)
    if kind in (
        "Const",
        "Concat",
        "Add",
        "Mod",
        "Mul",
        "Call",
        "Filter",
        "Getitem",
        "AssignBlock",
        "Keyword",
    ):
        yield from _texts(node, folding)


def _is_built(node: Any, folding: Folding) -> bool:
    """Whether a key is made of pieces with two underscores among them, and cannot be known."""
    if type(node).__name__ not in ("Concat", "Add", "Mod", "Filter", "Call"):
        return False
    pieces = [each.value for each in _all(node, "Const") if isinstance(each.value, str)]
    names = [value for each in _all(node, "Name") for value in folding.values(each) if isinstance(value, str)]
    return (
        sum(piece.count("_") for piece in (*pieces, *names) if piece.startswith("_") or piece.endswith("_"))
        >= 2
    )


def _attribute(node: Any, name: str) -> Iterator[Reach]:
    if DUNDER.fullmatch(name) or name in ESCAPES:
        yield Reach(name, node.lineno)


def _texts(node: Any, folding: Folding) -> Iterator[Reach]:
    """Texts that are the names of internals, however they were put together."""
    values = (node.key,) if type(node).__name__ == "Keyword" else folding.values(node)
    for value in values:
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and INTERNAL.fullmatch(text):
                yield Reach(text, node.lineno)
            elif isinstance(text, str) and "_" in text and (found := FIELD.search(text)):
                yield Reach(found[0][:80], node.lineno)


def _by_name(node: Any, folding: Folding) -> Iterator[Reach]:
    """Filters and tests that look up an attribute, or another filter, by its name."""
    at = BY_NAME.get(node.name, -1)
    wanted = [pair.value for pair in node.kwargs if pair.key == "attribute"]
    if node.args and 0 <= at < len(node.args):
        wanted.append(node.args[at])
    if node.name == "map" and node.args:
        filters = folding.values(node.args[0])
        if not filters:
            yield Reach("map() with a computed filter", node.lineno, True)
        if "attr" in filters and len(node.args) > 1:
            wanted.append(node.args[1])
    for each in wanted:
        values = folding.values(each)
        if not values:
            yield Reach(f"{node.name}() with a computed name", node.lineno, True)
        for value in values:
            for part in str(value).split("."):
                yield from _attribute(node, part)
