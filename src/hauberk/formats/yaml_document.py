"""YAML settings: read as a stream of events, so that no tag is ever constructed.

Source: YAML 1.2.2, 10.3 (core schema); PyYAML, `constructor.py`; HyperPyYAML, README.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.errors import Malformed, OverBudget, UnreadableAsset
from hauberk.core.statement import Json
from hauberk.core.view import Flaw, FlawKind
from hauberk.formats.document import Document, facts
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs
from hauberk.formats.text import MAX_TEXT, decoded, is_text

if TYPE_CHECKING:
    from yaml.events import Event

# Bytes: settings are written by people; larger files are tables.
MAX_DOCUMENT = 4 << 20
# Levels of nesting, and nodes in all, of one file.
MAX_DEPTH = 100
MAX_NODES = 500_000
# Nodes once every alias is replaced by what it stands for: the "billion laughs" have 10^9.
MAX_EXPANDED = 5_000_000
CORE = "tag:yaml.org,2002:"
# Tags that every safe loader knows.
CORE_TAGS = frozenset(
    f"{CORE}{each}"
    for each in (
        "str", "int", "float", "bool", "null", "map", "seq", "set", "omap", "pairs", "binary", "timestamp",
        "merge", "value", "yaml",
    )
)  # fmt: skip
FILE_NAMES = ("MLmodel", "MLproject", ".yaml", ".yml")
# What makes a file that is no YAML worth a gap: a loader for templates would first fill them in.
TEMPLATED = re.compile(r"\{\{|\{%|<%|\$\{\{")
TAGGED = re.compile(
    r"!!?[\w/]*(?:python|ruby|java|perl|php)|tag:yaml\.org,2002:python|_target_|!(?:new|apply|name):"
)


@dataclass(frozen=True, slots=True, order=True)
class Tag:
    """A tag that is not of the core schema, in full, and its 1-based line."""

    name: str
    line: int


@dataclass(frozen=True, kw_only=True)
class YamlDocument(Document):
    """Settings written as YAML; `tags` are those of its nodes that no safe loader knows."""

    tags: tuple[Tag, ...] = ()


@dataclass(slots=True)
class _Tree:
    """What the events have built so far. `open` holds the containers that are not closed yet."""

    roots: list[Json] = field(default_factory=list)
    open: list[Any] = field(default_factory=list)
    keys: list[list[str]] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)
    anchors: dict[str, tuple[Json, int]] = field(default_factory=dict)
    names: list[str | None] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    nodes: int = 0


def claim(asset: Asset) -> Claim:
    """LIKELY where a file with YAML's ending is text."""
    if asset.kind is Kind.FOLDER or not asset.name.endswith(FILE_NAMES) or not asset.content.size:
        return Claim.NONE
    return Claim.LIKELY if is_text(asset.head, True) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The document's view, and the chat templates in it."""
    octets = asset.content.read(0, min(asset.content.size, MAX_DOCUMENT))
    text = decoded(octets)
    tree = _Tree()
    stop: UnreadableAsset | None = None
    try:
        _grow(text, tree)
    except UnreadableAsset as error:
        stop = error
    value: Json = tree.roots[0] if len(tree.roots) == 1 else list(tree.roots)
    found = facts(value, asset.name)
    yield YamlDocument(
        locator=asset.locator,
        flaws=tuple(tree.flaws),
        name=asset.name,
        text=text[:MAX_TEXT],
        targets=tuple(found.targets),
        references=tuple(found.references),
        expressions=tuple(found.expressions),
        tags=tuple(tree.tags),
    )
    if asset.name == "MLmodel" and isinstance(value, dict):
        from hauberk.formats.mlflow_model import described

        yield described(asset.locator, value)
    for path, template in found.templates:
        yield asset.inner(path, Bytes(template.encode("utf-8", "surrogatepass")), "chat-template")
    if asset.content.size > MAX_DOCUMENT and (TAGGED.search(text) or asset.name == "MLmodel"):
        raise OverBudget(f"YAML of {asset.content.size} bytes is longer than {MAX_DOCUMENT}")
    if stop and (isinstance(stop, OverBudget) or TAGGED.search(text) or not TEMPLATED.search(text)):
        raise stop


def _grow(text: str, tree: _Tree) -> None:
    import yaml

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
        tree.flaws.append(Flaw(FlawKind.DEEP, "YAML is nested too deep to be read"))
        raise OverBudget("YAML is nested too deep to be read") from None


def _add(event: Event, tree: _Tree) -> None:
    from yaml.events import (
        AliasEvent,
        MappingEndEvent,
        MappingStartEvent,
        ScalarEvent,
        SequenceEndEvent,
        SequenceStartEvent,
    )

    if isinstance(event, MappingStartEvent | SequenceStartEvent):
        _note(event, tree)
        if len(tree.open) >= MAX_DEPTH:
            tree.flaws.append(Flaw(FlawKind.DEEP, f"YAML is nested more than {MAX_DEPTH} levels deep"))
            raise OverBudget(f"YAML is nested more than {MAX_DEPTH} levels deep")
        tree.open.append({} if isinstance(event, MappingStartEvent) else [])
        tree.keys.append([])
        tree.weights.append(1)
        tree.names.append(event.anchor)
    elif isinstance(event, MappingEndEvent | SequenceEndEvent):
        made, weight, anchor = tree.open.pop(), tree.weights.pop(), tree.names.pop()
        tree.keys.pop()
        if anchor:
            tree.anchors[anchor] = (made, weight)
        _place(made, weight, tree)
    elif isinstance(event, ScalarEvent):
        _note(event, tree)
        if event.anchor:
            tree.anchors[event.anchor] = (event.value, 1)
        _place(event.value, 1, tree)
    elif isinstance(event, AliasEvent):
        known = tree.anchors.get(event.anchor or "")
        weight = known[1] if known else 1
        # An alias stands for what it names; the walk over the tree goes there once, by its anchor.
        scalar = known[0] if known and isinstance(known[0], str) else ""
        _place(scalar, weight, tree)


def _note(event: Any, tree: _Tree) -> None:
    tree.nodes += 1
    if tree.nodes > MAX_NODES:
        raise OverBudget(f"YAML holds more than {MAX_NODES} nodes")
    if event.tag and event.tag not in CORE_TAGS and event.tag != "!":
        tree.tags.append(Tag(event.tag[:300], event.start_mark.line + 1))


def _place(value: Json, weight: int, tree: _Tree) -> None:
    """Put a finished node into what encloses it, and count what it weighs with aliases expanded."""
    if not tree.open:
        tree.roots.append(value)
        return
    outer = tree.open[-1]
    tree.weights[-1] += weight
    if tree.weights[-1] > MAX_EXPANDED:
        tree.flaws.append(Flaw(FlawKind.BOMB, f"aliases expand to more than {MAX_EXPANDED} nodes"))
        raise OverBudget(f"aliases expand to more than {MAX_EXPANDED} nodes")
    if isinstance(outer, list):
        outer.append(value)
        return
    waiting = tree.keys[-1]
    if waiting:
        outer[waiting.pop()] = value
    else:
        waiting.append(value if isinstance(value, str) else f"({type(value).__name__})")


SIGNS = Signs(ends=("MLmodel", "MLproject", ".yaml", ".yml"))
FORMAT = Format("yaml", "YAML document", claim, read)
