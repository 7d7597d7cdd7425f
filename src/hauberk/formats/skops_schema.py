"""skops models: `schema.json` says which classes and functions make up the object.

Source: skops, `io/_audit.py` and `io/_general.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed
from hauberk.core.statement import Json
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.shard_index import leaves_folder
from hauberk.formats.signs import Signs
from hauberk.formats.strict_json import TooDeep, parse

# Bytes: the schema of a forest of 1,000 trees has 40 MB.
MAX_SCHEMA = 128 << 20
# Characters of a name that a view keeps.
MAX_NAME = 300


@dataclass(frozen=True, slots=True, order=True)
class SkopsNode:
    """One kind of node: its loader, and the class or function that it names.

    `method` is what a MethodNode calls; `bound_to` the class of the object that it belongs to.
    """

    loader: str
    module: str
    name: str
    method: str = ""
    bound_to: str = ""


@dataclass(frozen=True, kw_only=True)
class SkopsSchema(View):
    """Every different node of the model."""

    nodes: tuple[SkopsNode, ...]


def claim(asset: Asset) -> Claim:
    """CERTAIN by the key that every node has."""
    head = asset.head
    if asset.kind is Kind.FOLDER or not head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return Claim.NONE
    if b'"__loader__"' in head:
        return Claim.CERTAIN
    if asset.name == "schema.json" and (asset.locator.endswith(".skops!schema.json") or b"__" in head):
        return (
            Claim.CERTAIN
            if b'"__loader__"' in asset.tail or b".skops!" in asset.locator.encode()
            else Claim.NONE
        )
    return Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The schema's view."""
    try:
        parsed = parse(asset.content.read(0, min(asset.content.size, MAX_SCHEMA + 1)), MAX_SCHEMA)
    except TooDeep as error:
        yield SkopsSchema(locator=asset.locator, flaws=(Flaw(FlawKind.DEEP, str(error)),), nodes=())
        raise
    if not isinstance(parsed.value, dict):
        raise Malformed("is no JSON object")
    flaws = tuple(Flaw(FlawKind.DISAGREES, f"has the key {key!r} twice") for key in parsed.duplicates)
    flaws += tuple(_escapes(parsed.value))
    yield SkopsSchema(locator=asset.locator, flaws=flaws, nodes=tuple(sorted(_nodes(parsed.value))))


def _escapes(value: Json) -> Iterator[Flaw]:
    """Members that nodes name by paths out of the archive."""
    todo: list[Json] = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, list):
            todo += each
        elif isinstance(each, dict):
            file = each.get("file")
            if isinstance(file, str) and "__loader__" in each and leaves_folder(file):
                yield Flaw(FlawKind.ESCAPES, f"a node's file {file[:200]!r} is outside of the archive")
            todo += each.values()


def _nodes(value: Json) -> set[SkopsNode]:
    found: set[SkopsNode] = set()
    todo: list[Json] = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, list):
            todo += each
        elif isinstance(each, dict):
            if "__loader__" in each:
                found.add(_node(each))
            todo += each.values()
    return found


def _node(each: dict[str, Json]) -> SkopsNode:
    loader, module, name = (_text(each.get(key)) for key in ("__loader__", "__module__", "__class__"))
    content = each.get("content")
    method = bound_to = ""
    if loader == "MethodNode" and isinstance(content, dict):
        method = _text(content.get("func"))
        bound = content.get("obj")
        if isinstance(bound, dict):
            bound_to = f"{_text(bound.get('__module__'))}.{_text(bound.get('__class__'))}"
    if loader == "FunctionNode" and isinstance(content, dict) and "function" in content:
        module, name = _text(content.get("module_path")), _text(content.get("function"))
    return SkopsNode(loader, module, name, method, bound_to)


def _text(value: Json) -> str:
    return value[:MAX_NAME] if isinstance(value, str) else ""


SIGNS = Signs(holds=(b'"__loader__"',), ends=("schema.json",))
FORMAT = Format("skops-schema", "schema of a skops model", claim, read)
