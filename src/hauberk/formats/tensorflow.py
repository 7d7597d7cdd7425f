"""TensorFlow's files: SavedModel, frozen GraphDef, MetaGraph, fingerprint and Keras metadata.

Source: tensorflow/core/protobuf/{saved_model,meta_graph,fingerprint}.proto;
tensorflow/python/keras/protobuf/saved_metadata.proto.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind, Slice
from hauberk.core.errors import Malformed
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.graph import Framework, Sketch, readings
from hauberk.formats.protobuf import LEN, Field, Message, varint
from hauberk.formats.signs import Signs
from hauberk.formats.tensorflow_graph import GraphWalk

# A NodeDef's first fields: a name in TensorFlow's alphabet, and an operator. Source: node_def.proto.
NODE = re.compile(rb"\x0a[\x01-\x7f][A-Za-z0-9._][\w.\\/>-]{0,126}\x12[\x01-\x7f][A-Za-z_][\w.>]{0,126}")
# MetaInfoDef's fields in the head: tags, the TensorFlow version, the list of operators.
META_INFO = re.compile(rb"\x22[\x01-\x20][\w-]+|\x2a[\x03-\x20]\d+\.\d+\.\d|\x12[\x80-\xff]*[\x00-\x7f]\x0a")
# The collection of TensorFlow 1's assets. Source: saved_model/constants.h, kSavedModelAssetsKey.
ASSETS = "saved_model_assets"
# Files of a SavedModel that are no GraphDef.
PARTS = {"saved_model.pb", "keras_metadata.pb", "fingerprint.pb"}
# Characters of a node path in Keras metadata.
MAX_NODE = 1 << 12


@dataclass(frozen=True, kw_only=True)
class SavedModelPart(View):
    """A file of a SavedModel without a graph: fingerprint or Keras metadata of `nodes` configurations."""

    part: str
    nodes: int = 0


def claim_saved_model(asset: Asset) -> Claim:
    """CERTAIN by the name, or where the head is schema version 1 and a MetaGraphDef."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if asset.name == "saved_model.pb":
        # TensorFlow reads every file of this name as one, whatever else its head looks like.
        return Claim.CERTAIN
    if asset.head[:3] == b"\x08\x01\x12" and _holds_meta_graph(asset.head, 2, asset.content.size):
        return Claim.CERTAIN
    return Claim.NONE


def _holds_meta_graph(head: bytes, at: int, size: int) -> bool:
    """Whether a LEN field at `at` may be a MetaGraphDef: it begins with its meta information or its graph."""
    try:
        length, start = varint(head, at + 1, len(head))
        if start + length > size or head[start : start + 1] not in (b"\x0a", b"\x12"):
            return False
        inner, begin = varint(head, start + 1, len(head))
    except Malformed:
        return False
    if inner > length:
        return False
    if head[start] == 0x12:
        return head[begin : begin + 1] in (b"\x0a", b"\x12", b"\x22")
    return META_INFO.match(head, begin) is not None


def claim_graph(asset: Asset) -> Claim:
    """CERTAIN where the head is a node, NAME by the suffix .pb."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if asset.name.endswith(".pb") and asset.name not in PARTS and NODE.search(asset.head):
        # Whatever stands before the first node: TensorFlow skips the fields that it does not know.
        return Claim.CERTAIN
    if asset.head[:1] not in (b"\x0a", b"\x12"):
        return Claim.NAME if asset.name.endswith(".pb") else Claim.NONE
    head = asset.head
    try:
        length, start = varint(head, 1, len(head))
    except Malformed:
        return Claim.NONE
    if head[0] == 0x12:  # the library of functions first
        try:
            inner, begin = varint(head, start + 1, len(head))
        except Malformed:
            return Claim.NONE
        is_library = (
            head[start : start + 1] == b"\x0a" and inner <= length and head[begin : begin + 1] == b"\x0a"
        )
        return Claim.CERTAIN if is_library and asset.name.endswith(".pb") else Claim.NONE
    if NODE.match(head, start) and _is_exact(head, start):
        return Claim.CERTAIN
    return Claim.NAME if asset.name.endswith(".pb") else Claim.NONE


def _is_exact(head: bytes, start: int) -> bool:
    """Whether the name's length leads to the operator's tag."""
    after = start + 2 + head[start + 1]
    return head[after : after + 1] == b"\x12" and head[after + 2 : after + 3].isalnum() | (
        head[after + 2] == 0x5F
    )


def claim_meta_graph(asset: Asset) -> Claim:
    """CERTAIN by the suffix .meta and a head that is meta information, NAME by the suffix."""
    if asset.kind is Kind.FOLDER or not asset.name.endswith(".meta"):
        return Claim.NONE
    try:
        length, start = varint(asset.head, 1, len(asset.head))
    except Malformed:
        return Claim.NAME
    known = asset.head[:1] == b"\x0a" and length < asset.content.size and META_INFO.match(asset.head, start)
    return Claim.CERTAIN if known else Claim.NAME


def claim_part(asset: Asset) -> Claim:
    """CERTAIN by the names that SavedModel and Keras give, where the first field fits."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if asset.name == "keras_metadata.pb":
        return Claim.CERTAIN if asset.head[:1] in (b"\x0a", b"") else Claim.NAME
    if asset.name == "fingerprint.pb":
        return Claim.CERTAIN if asset.head[:1] in (b"\x08", b"\x10") else Claim.NAME
    return Claim.NONE


def read_saved_model(asset: Asset) -> Iterator[Reading]:
    """The view of a SavedModel."""
    yield from _graph_view(asset, _saved_model)


def read_graph(asset: Asset) -> Iterator[Reading]:
    """The view of a GraphDef."""
    yield from _graph_view(asset, _graph)


def read_meta_graph(asset: Asset) -> Iterator[Reading]:
    """The view of a MetaGraphDef."""
    yield from _graph_view(asset, _meta_graph)


def _graph_view(asset: Asset, walk: Callable[[Message, GraphWalk], None]) -> Iterator[Reading]:
    sketch = Sketch(asset.locator, Framework.TENSORFLOW)
    graphs = GraphWalk(sketch)

    def whole() -> None:
        try:
            walk(Message(asset.content), graphs)
        finally:
            graphs.finish()

    yield from readings(sketch, whole)


def _saved_model(message: Message, graphs: GraphWalk) -> None:
    seen = 0
    for each in message.fields():
        if each.number == 2 and each.wire == LEN:
            _meta_graph(message.inner(each), graphs)
            seen += 1
    if not seen:
        raise Malformed("has no graph")


def _graph(message: Message, graphs: GraphWalk) -> None:
    graphs.graph(message)
    if not graphs.has_nodes:
        raise Malformed("has no node with an operator")


def _meta_graph(message: Message, graphs: GraphWalk) -> None:
    for each in message.fields():
        if each.wire != LEN:
            continue
        if each.number == 2:
            graphs.graph(message.inner(each))
        elif each.number == 4:
            _collection(message.inner(each), graphs)
        elif each.number == 6:
            _asset_file(message.inner(each), graphs)


def _collection(message: Message, graphs: GraphWalk) -> None:
    """A CollectionDef: TensorFlow 1 keeps its assets in one, each packed as Any."""
    key = ""
    for each in message.fields():
        if each.number == 1:
            key = message.text(each)
        elif each.number == 2 and key == ASSETS:
            for asset in _path(message.inner(each), (5, 1, 2)):
                _asset_file(asset, graphs)


def _path(message: Message, numbers: tuple[int, ...]) -> Iterator[Message]:
    """The messages at the end of a path of field numbers."""
    for each in message.fields():
        if each.number == numbers[0]:
            inner = message.inner(each)
            yield from _path(inner, numbers[1:]) if len(numbers) > 1 else (inner,)


def _asset_file(message: Message, graphs: GraphWalk) -> None:
    for each in message.fields():
        if each.number == 1:
            tensor = message.inner(each)
            graphs.assets.update(
                tensor.text(part).partition(":")[0] for part in tensor.fields() if part.number == 1
            )
        elif each.number == 2:
            graphs.sketch.reference(message.text(each), "asset", each.start)


def read_part(asset: Asset) -> Iterator[Reading]:
    """The view, and each configuration of Keras metadata as an asset of its own."""
    message = Message(asset.content)
    if asset.name == "fingerprint.pb":
        for each in message.fields():
            if each.number > 64:
                raise Malformed(f"a fingerprint has no field {each.number}", each.start)
        yield SavedModelPart(locator=asset.locator, part="fingerprint")
        return
    found = [_configuration(asset, message.inner(each)) for each in message.fields() if each.number == 1]
    yield SavedModelPart(locator=asset.locator, part="keras metadata", nodes=len(found))
    yield from (each for each in found if each is not None)


def _configuration(asset: Asset, message: Message) -> Asset | None:
    path, held = "node", None
    for each in message.fields():
        if each.number == 3 and each.wire == LEN and each.value <= MAX_NODE:
            path = message.text(each)
        elif each.number == 5 and each.wire == LEN:
            held = each
    return None if held is None or not held.value else _json(asset, path, held)


def _json(asset: Asset, path: str, held: Field) -> Asset:
    return asset.inner(f"{path}.json", Slice(asset.content, held.start, held.value), "keras-config")


SIGNS = Signs(starts=(b"\x08\x01\x12", b"\n", b"\x12"), ends=(".pb", ".meta"))
FORMATS = (
    Format("tensorflow-saved-model", "TensorFlow SavedModel", claim_saved_model, read_saved_model),
    Format("tensorflow-graph", "TensorFlow GraphDef", claim_graph, read_graph),
    Format("tensorflow-meta-graph", "TensorFlow MetaGraph", claim_meta_graph, read_meta_graph),
    Format("saved-model-part", "part of a SavedModel", claim_part, read_part),
)
