"""TensorFlow graphs in protobuf's text form (`.pbtxt`).

Source: Protocol Buffers documentation, "Text Format Language Specification".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed, OverBudget
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.graph import Framework, Sketch, readings
from hauberk.formats.signs import Signs
from hauberk.formats.tensorflow_graph import PATH_ATTRIBUTES, GraphWalk, Node

# Bytes: text is for small graphs; weights in text are ten times their size.
MAX_TEXT_GRAPH = 256 << 20
# Words, braces and strings of one graph.
MAX_TOKENS = 10_000_000
# Messages inside messages: protobuf's own parsers stop at 100.
MAX_NESTING = 100
START = re.compile(
    rb"(?:\s|#[^\n]*\n)*(?:node|library|meta_graphs|meta_info_def|graph_def|saved_model_schema_version|versions)\s*[:{<]"
)
TOKEN = re.compile(
    r"(?:[\s,;:]|#[^\n]*)++"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+')"
    r"|(?P<mark>[{}<>\[\]])"
    r"|(?P<word>[\w.+/-]+)"
)
ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
CLOSES = {"{": "}", "<": ">"}


class Text:
    """A message: its fields in order, each a text, a word or a message."""

    __slots__ = ("fields", "is_open")

    def __init__(self) -> None:
        self.is_open = False
        self.fields: list[tuple[str, str | Text]] = []

    def messages(self, *path: str) -> Iterator[Text]:
        """The messages at the end of a path of names."""
        for name, value in self.fields:
            if name == path[0] and isinstance(value, Text):
                if len(path) == 1:
                    yield value
                else:
                    yield from value.messages(*path[1:])

    def texts(self, *path: str) -> list[str]:
        """The texts at the end of a path of names."""
        holders = list(self.messages(*path[:-1])) if len(path) > 1 else [self]
        return [
            value
            for each in holders
            for name, value in each.fields
            if name == path[-1] and isinstance(value, str)
        ]


def claim(asset: Asset) -> Claim:
    """CERTAIN where a `.pbtxt` begins with a graph's field."""
    if asset.kind is Kind.FOLDER or not asset.name.endswith((".pbtxt", ".pb.txt", ".prototxt")):
        return Claim.NONE
    return Claim.CERTAIN if START.match(asset.head) or asset.name == "saved_model.pbtxt" else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The graph's view."""
    sketch = Sketch(asset.locator, Framework.TENSORFLOW)
    yield from readings(sketch, lambda: _walk(asset, GraphWalk(sketch)))


def _walk(asset: Asset, graphs: GraphWalk) -> None:
    if asset.content.size > MAX_TEXT_GRAPH:
        raise OverBudget(f"a graph of {asset.content.size} bytes in text; the limit is {MAX_TEXT_GRAPH}")
    whole = _parsed(asset.content.read(0, MAX_TEXT_GRAPH).decode("utf-8", "surrogateescape"))
    found = [whole, *whole.messages("graph_def"), *whole.messages("meta_graphs", "graph_def")]
    for graph in found:
        _nodes(graph.messages("node"), "graph", graphs)
        for function in graph.messages("library", "function"):
            name = next(iter(function.texts("signature", "name")), "function")
            graphs.define(name)
            _nodes(function.messages("node_def"), name, graphs)
    graphs.finish()
    if whole.is_open:
        raise Malformed("ends inside a message")


def _nodes(messages: Iterator[Text], where: str, graphs: GraphWalk) -> None:
    known: dict[str, Node] = {}
    for each in messages:
        for op in each.texts("op"):
            node = Node(0)
            node.name, node.op, node.inputs = "".join(each.texts("name")[-1:]), op, each.texts("input")
            for attribute in each.messages("attr"):
                value = "value"
                if set(attribute.texts("key")) & PATH_ATTRIBUTES:
                    node.texts += attribute.texts(value, "s") + attribute.texts(value, "list", "s")
                node.texts += attribute.texts(value, "tensor", "string_val")
                for name in attribute.texts(value, "func", "name") + attribute.texts(
                    value, "list", "func", "name"
                ):
                    graphs.call(name, where, 0)
            known[node.name] = node
            graphs.use(op, node, known, where)


def _parsed(text: str) -> Text:
    whole = Text()
    stack: list[tuple[Text, str]] = [(whole, "")]
    name, at, count, was_text = "", 0, 0, False
    while at < len(text):
        found = TOKEN.match(text, at)
        count += 1
        if found is None:
            raise Malformed(f"character {at} begins nothing of protobuf's text form")
        if count > MAX_TOKENS:
            raise OverBudget(f"has more than {MAX_TOKENS} words")
        at = found.end()
        fields = stack[-1][0].fields
        if found["text"] is not None:
            piece = ESCAPE.sub(_unescaped, found["text"][1:-1])
            if was_text and fields and isinstance(fields[-1][1], str):
                piece = fields.pop()[1] + piece  # type: ignore[operator]  # the check above says it is text
            fields.append((name, piece))
            was_text = True
            continue
        if found["mark"] is not None:
            name = _mark(found["mark"], name, stack, at)
        elif found["word"] is not None:
            after = text[at : at + 64].lstrip()
            if after[:1] in (":", "{", "<"):
                name = found["word"]
            else:
                fields.append((name, found["word"]))
        if found.lastgroup is not None:
            was_text = False
    whole.is_open = len(stack) > 1
    return whole


def _mark(mark: str, name: str, stack: list[tuple[Text, str]], at: int) -> str:
    if mark in CLOSES:
        if len(stack) > MAX_NESTING:
            raise OverBudget(f"messages are nested more than {MAX_NESTING} deep")
        inner = Text()
        stack[-1][0].fields.append((name, inner))
        stack.append((inner, CLOSES[mark]))
    elif mark in ("}", ">"):
        if stack[-1][1] != mark:
            raise Malformed(f"character {at} closes what is not open")
        stack.pop()
    return name


def _unescaped(found: re.Match[str]) -> str:
    octal, hexadecimal, short, long, letter = found.groups()
    if octal:
        return chr(int(octal, 8) & 0xFF)
    for digits in (hexadecimal, short, long):
        if digits:
            code = int(digits, 16)
            return chr(code) if code < 0x110000 else "\ufffd"
    return LETTERS.get(letter, letter)


SIGNS = Signs(ends=(".pbtxt", ".pb.txt", ".prototxt"))
FORMAT = Format("tensorflow-text-graph", "TensorFlow graph as text", claim, read)
