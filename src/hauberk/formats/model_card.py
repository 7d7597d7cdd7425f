"""Model cards: README.md of a repository, its front matter (YAML) and its sections (Markdown).

Every value keeps its line. Tags are never constructed, and an alias is what it names, not a copy.

Source: huggingface_hub documentation, "Model Cards" and its annotated template; CommonMark 0.31, 4.2, 4.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hauberk.core.asset import Content
from hauberk.core.errors import Malformed, OverBudget
from hauberk.formats.text import decoded

if TYPE_CHECKING:
    from yaml.events import Event

# Bytes of a card: the longest have 300 kB of evaluation results.
MAX_CARD = 4 << 20
# Levels and nodes of front matter, those that aliases stand for included; `model-index` has 7 levels
# and, in leaderboards, 60,000 nodes.
MAX_DEPTH = 30
MAX_NODES = 300_000
# Headings, and lines of the form `**Name:** value`, of one card.
MAX_SECTIONS = 2_000
# Characters of a section that are told as prose.
MAX_PROSE = 4_000
FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t#]*$")
# `- **Developed by:** Example Labs`, with the colon inside or outside of the stars.
LABEL = re.compile(r"\s*(?:[-*+]\s+)?\*\*([^*:]{2,60}?)\s*:?\s*\*\*\s*:?\s*(.*)$")
KEY = re.compile(r"[A-Za-z_][\w-]*:(?:\s|$)")
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
PLACEHOLDER = re.compile(
    r"\[?more information needed\]?|\[?needs more information\]?|\{\{[^}]{1,60}\}\}", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the front matter, and its 1-based line in the card."""

    line: int
    text: str = ""
    items: tuple[Node, ...] = ()
    fields: Mapping[str, Node] = field(default_factory=dict)

    def at(self, *path: str) -> Node | None:
        """What the keys lead to."""
        found: Node | None = self
        for key in path:
            found = found.fields.get(key) if found else None
        return found

    def texts(self, *path: str) -> list[Node]:
        """The non-empty texts there: one, or those of a list."""
        found = self.at(*path)
        listed = (found, *found.items) if found else ()
        return [each for each in listed if each.text]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading (its level, 1-based line) and the text under it, up to the next heading of any level."""

    title: str
    level: int
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """A line `**Name:** value`; the name in lower case."""

    name: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a card says. `placeholders` are the lines where its template was left as it was."""

    name: str
    front: Node
    has_front: bool = False
    sections: tuple[Section, ...] = ()
    labels: tuple[Label, ...] = ()
    placeholders: tuple[int, ...] = ()

    def prose(self, title: re.Pattern[str]) -> Section | None:
        """The first section of such a title that says something, with what stands below it."""
        for index, each in enumerate(self.sections):
            if title.search(each.title):
                text = said(" ".join(self._below(index)))
                if text:
                    return Section(each.title, each.level, each.line, text[:MAX_PROSE])
        return None

    def _below(self, index: int) -> Iterator[str]:
        first = self.sections[index]
        yield first.text
        left = MAX_PROSE * 2
        for each in self.sections[index + 1 :]:
            left -= len(each.text)
            if each.level <= first.level or left < 0:
                return
            yield each.text

    def label(self, *names: str) -> Label | None:
        """The first line of such a name that says something."""
        for each in self.labels:
            if each.name in names and said(each.text):
                return Label(each.name, said(each.text), each.line)
        return None


def said(text: str) -> str:
    """The text without what a template put there, white space made one."""
    plain = PLACEHOLDER.sub(" ", COMMENT.sub(" ", text)).replace("**", "")
    return " ".join(plain.split()).strip(" -*")


def read_card(name: str, content: Content) -> ModelCard:
    """The card. Raises Malformed for front matter that is no YAML mapping, OverBudget for too much."""
    if content.size > MAX_CARD:
        raise OverBudget(f"a card of {content.size} bytes is longer than {MAX_CARD}")
    text = decoded(content.read(0, MAX_CARD)).replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    end = _front_end(lines)
    front = _front("\n".join(lines[1:end])) if end else Node(1)
    plain = COMMENT.sub(lambda found: "\n" * found[0].count("\n"), "\n".join(lines[end + 1 if end else 0 :]))
    first = end + 2 if end else 1
    body = list(_outside_code(plain.split("\n"), first))
    return ModelCard(
        name,
        front,
        bool(end),
        tuple(_sections(body)),
        tuple(_labels(body)),
        tuple(line for line, each, _ in body if PLACEHOLDER.search(each))[:MAX_SECTIONS],
    )


def _front_end(lines: list[str]) -> int:
    """The index of the line that ends the front matter; 0 where there is none."""
    if lines[0].rstrip() != "---":
        return 0
    for index in range(1, len(lines)):
        if lines[index].rstrip() == "---":
            return index
    if len(lines) > 1 and KEY.match(lines[1][:200]):
        raise Malformed("the front matter has no end (a second line `---`)", 0)
    return 0  # a line across the page


def _outside_code(lines: list[str], first: int) -> Iterator[tuple[int, str, bool]]:
    """Each line's number and text, and whether it stands in a block of code."""
    fence = ""
    for number, each in enumerate(lines, first):
        found = FENCE.match(each)
        if fence:
            yield number, each, True
            is_end = found and found[1].startswith(fence) and not each.strip(" `~")
            fence = "" if is_end else fence
        else:
            fence = found[1] if found else ""
            yield number, each, bool(found)


def _sections(body: list[tuple[int, str, bool]]) -> Iterator[Section]:
    title, level, line = "", 0, 1
    under: list[str] = []
    told = 0
    for number, each, is_code in body:
        found = None if is_code or not each.startswith("#") else HEADING.match(each[:500])
        if found is None:
            under.append(each)
            continue
        if title or any(under):
            yield Section(title, level, line, "\n".join(under))
            told += 1
        if told >= MAX_SECTIONS:
            raise OverBudget(f"a card of more than {MAX_SECTIONS} sections")
        title, level, line, under = found[2].strip(" *_"), len(found[1]), number, []
    yield Section(title, level, line, "\n".join(under))


def _labels(body: list[tuple[int, str, bool]]) -> Iterator[Label]:
    told = 0
    for number, each, is_code in body:
        found = None if is_code or "**" not in each else LABEL.match(each[:2_000])
        if found and told < MAX_SECTIONS:
            told += 1
            # `**Language(s) (NLP):**` and `**Finetuned from model [optional]:**` are in the template.
            name = re.sub(r"\s*[\[(].*$", "", found[1]).strip().lower()
            yield Label(name, found[2].strip(), number)


@dataclass(slots=True)
class _Open:
    """A collection that has not ended; `weight` counts what aliases in it stand for."""

    is_mapping: bool
    line: int
    anchor: str | None
    held: list[Node] = field(default_factory=list)
    weight: int = 1


class _Tree:
    """The front matter, grown from a stream of events."""

    def __init__(self) -> None:
        self.roots: list[Node] = []
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int]] = {}

    def add(self, event: Event) -> None:
        from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

        mark = event.start_mark
        line = mark.line + 2 if mark is not None else 1  # the first line is `---`
        if isinstance(event, CollectionStartEvent):
            if len(self.open) >= MAX_DEPTH:
                raise OverBudget(f"front matter is nested more than {MAX_DEPTH} levels deep")
            self.open.append(_Open(_is_mapping(event), line, event.anchor))
        elif isinstance(event, CollectionEndEvent):
            self._close(self.open.pop())
        elif isinstance(event, ScalarEvent):
            is_null = event.style is None and event.value in ("", "~", "null", "Null", "NULL")
            self._place(Node(line, "" if is_null else event.value.strip()), 1, event.anchor)
        elif isinstance(event, AliasEvent):
            self._place(*self.anchors.get(event.anchor or "", (Node(line), 1)), None)

    def _close(self, ended: _Open) -> None:
        fields = _paired(ended.held) if ended.is_mapping else {}
        made = Node(ended.line, items=() if ended.is_mapping else tuple(ended.held), fields=fields)
        self._place(made, ended.weight, ended.anchor)

    def _place(self, made: Node, weight: int, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = made, weight
        if not self.open:
            self.roots.append(made)
            return
        outer = self.open[-1]
        outer.held.append(made)
        outer.weight += weight
        if outer.weight > MAX_NODES:
            raise OverBudget(f"front matter holds more than {MAX_NODES} values")


def _is_mapping(event: Event) -> bool:
    from yaml.events import MappingStartEvent

    return isinstance(event, MappingStartEvent)


def _paired(held: list[Node]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for key, value in zip(held[::2], held[1::2], strict=False):
        if key.text in found:
            raise Malformed(f"front matter has the key {key.text[:80]!r} twice, in line {key.line}")
        found[key.text] = value
    return found


def _front(text: str) -> Node:
    import yaml

    tree = _Tree()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            tree.add(event)
    except yaml.YAMLError as error:
        mark: yaml.Mark | None = getattr(error, "problem_mark", None)
        at = f" in line {mark.line + 2}" if mark is not None else ""
        raise Malformed(f"front matter is no YAML: {getattr(error, 'problem', None) or error}{at}") from None
    except (UnicodeError, ValueError) as error:
        raise Malformed(f"front matter is no YAML: {error}") from None
    except RecursionError:
        raise OverBudget("front matter is nested too deep to be read") from None
    if not tree.roots:
        return Node(1)
    if len(tree.roots) > 1 or not _is_object(tree.roots[0]):
        raise Malformed("front matter is no mapping of names to values")
    return tree.roots[0]


def _is_object(node: Node) -> bool:
    return bool(node.fields) or not (node.text or node.items)
