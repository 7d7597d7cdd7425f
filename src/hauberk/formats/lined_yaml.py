"""YAML as a tree of nodes that know their lines; no tag is constructed, and aliases have a budget.

Scalars stay texts as they were written: what `on`, `yes` or `0.2` mean is for the format's reader to say.
Source: YAML 1.2.2, chapters 3 and 7; YAML 1.1 type `merge`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hauberk.core.errors import Malformed, OverBudget

# Levels of nesting, and nodes in all, of one file; people write neither a tenth of it.
MAX_DEPTH = 100
MAX_NODES = 200_000
# Nodes once every alias is replaced by what it stands for: the "billion laughs" have 10^9.
MAX_EXPANDED = 1_000_000
MERGE = "<<"


@dataclass(frozen=True, slots=True)
class Node:
    """One value: `line` is where it begins, 1-based; `tag` is what was written, such as `!reference`."""

    line: int
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Scalar(Node):
    """Text; `style` is one of `'`, `"`, `|`, `>` or nothing."""

    text: str = ""
    style: str = ""

    @property
    def is_null(self) -> bool:
        """Whether nothing is written, or a word for nothing."""
        return not self.style and self.text in ("", "~", "null", "Null", "NULL")

    def line_at(self, offset: int) -> int:
        """The line of the character at `offset`; within folded text that is where the text begins."""
        if self.style == "|":
            return self.line + 1 + self.text.count("\n", 0, offset)
        return self.line + 1 if self.style == ">" else self.line


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """Values in their order."""

    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """One entry of a mapping; `line` is the key's."""

    key: str
    value: Node
    line: int


@dataclass(frozen=True, slots=True)
class Mapping(Node):
    """Entries in their order; of a doubled key the last counts, as in most readers."""

    pairs: tuple[Pair, ...] = ()

    def pair(self, *keys: str) -> Pair | None:
        """The entry of the first of these keys that there is."""
        for key in keys:
            for each in reversed(self.pairs):
                if each.key == key:
                    return each
        return None

    def get(self, *keys: str) -> Node | None:
        """The value of the first of these keys that there is."""
        found = self.pair(*keys)
        return found.value if found else None

    def text(self, key: str) -> str:
        """The scalar at a key; empty if there is none."""
        return text_of(self.get(key))

    def below(self, key: str) -> Mapping:
        """The mapping at a key; an empty one if there is none."""
        found = self.get(key)
        return found if isinstance(found, Mapping) else Mapping(self.line)


def text_of(node: Node | None) -> str:
    """A scalar's text; empty for anything else and for null."""
    return node.text if isinstance(node, Scalar) and not node.is_null else ""


def items_of(node: Node | None) -> tuple[Node, ...]:
    """A sequence's values; the value itself where one stands instead of a sequence."""
    if isinstance(node, Sequence):
        return node.items
    return () if node is None or (isinstance(node, Scalar) and node.is_null) else (node,)


def pairs_of(node: Node | None) -> tuple[Pair, ...]:
    """A mapping's entries, none for anything else."""
    return node.pairs if isinstance(node, Mapping) else ()


def scalars_of(node: Node | None) -> Iterator[Scalar]:
    """Every scalar at or below a node, keys not counted; sequences inside sequences are gone through."""
    todo, left = [node], MAX_EXPANDED
    while todo and left:
        each, left = todo.pop(), left - 1
        if isinstance(each, Scalar):
            yield each
        elif isinstance(each, Sequence):
            todo.extend(reversed(each.items))
        elif isinstance(each, Mapping):
            todo.extend(pair.value for pair in reversed(each.pairs))


@dataclass(slots=True)
class _Open:
    """A container that is not closed yet; for a mapping keys and values take turns in `parts`."""

    event: Any
    parts: list[Node] = field(default_factory=list)
    weight: int = 1


@dataclass(slots=True)
class _Tree:
    roots: list[Node] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int] | None] = field(default_factory=dict)
    nodes: int = 0


def read_lined_yaml(text: str) -> tuple[Node, ...]:
    """The documents of one text.

    Raises Malformed for what is no YAML, with the line, and for an alias inside its own anchor; OverBudget
    for text that is too deep or too large, with or without its aliases replaced.
    """
    import yaml

    tree = _Tree()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            _add(event, tree)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = f" in line {mark.line + 1}" if mark else ""
        raise Malformed(f"is not YAML: {getattr(error, 'problem', None) or 'unreadable'}{at}") from None
    except (UnicodeError, ValueError) as error:
        raise Malformed(f"is not YAML: {error}") from None
    except RecursionError:
        raise OverBudget("YAML is nested too deep to be read") from None
    return tuple(tree.roots)


def _add(event: Any, tree: _Tree) -> None:
    from yaml.events import (
        AliasEvent,
        MappingEndEvent,
        MappingStartEvent,
        ScalarEvent,
        SequenceEndEvent,
        SequenceStartEvent,
    )

    # The library's types leave marks and anchors open; its parser sets them on these events.
    mark: Any = event.start_mark
    line = mark.line + 1
    if isinstance(event, ScalarEvent):
        node = Scalar(line, event.tag or "", event.value, event.style or "")
        _place(node, 1, event.anchor, tree)
    elif isinstance(event, MappingStartEvent | SequenceStartEvent):
        if len(tree.open) >= MAX_DEPTH:
            raise OverBudget(f"YAML is nested more than {MAX_DEPTH} levels deep")
        if event.anchor:
            tree.anchors[event.anchor] = None
        tree.open.append(_Open(event))
    elif isinstance(event, MappingEndEvent | SequenceEndEvent):
        closed = tree.open.pop()
        make = _sequence if isinstance(event, SequenceEndEvent) else _mapping
        _place(make(closed), closed.weight, closed.event.anchor, tree)
    elif isinstance(event, AliasEvent):
        name = event.anchor or ""
        known = tree.anchors.get(name)
        if known is None:
            raise Malformed(f"is not YAML: no anchor for the alias *{name[:80]} in line {line}")
        _place(known[0], known[1], None, tree)


def _place(node: Node, weight: int, anchor: str | None, tree: _Tree) -> None:
    tree.nodes += 1
    if tree.nodes > MAX_NODES:
        raise OverBudget(f"YAML holds more than {MAX_NODES} nodes")
    if anchor:
        tree.anchors[anchor] = (node, weight)
    if not tree.open:
        tree.roots.append(node)
        return
    outer = tree.open[-1]
    outer.parts.append(node)
    outer.weight += weight
    if outer.weight > MAX_EXPANDED:
        raise OverBudget(f"aliases expand to more than {MAX_EXPANDED} nodes")


def _sequence(closed: _Open) -> Node:
    return Sequence(closed.event.start_mark.line + 1, closed.event.tag or "", tuple(closed.parts))


def _mapping(closed: _Open) -> Node:
    own: list[Pair] = []
    merged: list[Pair] = []
    for key, value in zip(closed.parts[::2], closed.parts[1::2], strict=True):
        if isinstance(key, Scalar) and key.text == MERGE and not key.style:
            # The first of several merged mappings wins, so it has to stand last.
            merged += [each for part in reversed(items_of(value)) for each in pairs_of(part)]
        else:
            own.append(Pair(key.text if isinstance(key, Scalar) else "", value, key.line))
    start = closed.event.start_mark.line + 1
    return Mapping(start, closed.event.tag or "", (*merged, *own) if merged else tuple(own))
