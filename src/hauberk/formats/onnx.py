"""ONNX models: every graph in them, however deep, the operators, and the files that hold tensors.

Source: onnx/onnx.proto3 (IR version 13) and docs/ExternalData.md of the ONNX project.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed
from hauberk.core.view import FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.graph import Framework, Operator, Sketch, readings
from hauberk.formats.octets import LIE_BYTES
from hauberk.formats.protobuf import LEN, VARINT, Field, Message, signed, varint, varints
from hauberk.formats.signs import Signs

# Bits of an element by TensorProto.DataType; strings (8) have no fixed size.
BITS = {
    1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128,
    16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2,
}  # fmt: skip
# TensorProto's fields of numbers: float_data, int32_data, int64_data, double_data, uint64_data.
NUMBERS = {4, 5, 7, 10, 11}
# The fields of ModelProto and their wire types.
MODEL_FIELDS = {
    1: VARINT, 2: LEN, 3: LEN, 4: LEN, 5: VARINT, 6: LEN, 7: LEN, 8: LEN, 14: LEN, 20: LEN, 25: LEN, 26: LEN,
}  # fmt: skip
GRAPH = 7
# The fields of TensorProto and their wire types, those of single numbers apart.
TENSOR_FIELDS = {
    1: VARINT, 2: VARINT, 3: LEN, 4: LEN, 5: LEN, 6: LEN, 7: LEN, 8: LEN, 9: LEN, 10: LEN, 11: LEN, 12: LEN,
    13: LEN, 14: VARINT, 16: LEN,
}  # fmt: skip
STRINGS = 8
# The newest is 13; some years of room.
MAX_IR_VERSION = 40
# Runs of numbers in an attribute: `floats` (7) and `ints` (8), which trees have by the million.
DULL_NUMBERS = re.compile(rb"(?:\x3d[\s\S]{4}|\x40[\x80-\xff]{0,9}[\x00-\x7f])++")
# Bytes of `dims`: no tensor of any framework has more than some dozen.
MAX_DIMS = 1 << 12
# Strings of an attribute that are kept: paths are short, and lookup tables are long.
MAX_KEPT_STRING = 1 << 12
SUFFIX = ".onnx"
# Source: onnx, docs/ExternalData.md; torch.onnx and optimum name them so.
NUMBERS_NAME = re.compile(r"\.onnx[._]data(?:[_-]?\d+)?$")
# Bytes of a field that no version of ONNX has: a later version's would be names and numbers.
MAX_UNKNOWN = 256


def claim(asset: Asset) -> Claim:
    """CERTAIN by the suffix, or where the head is the start of a ModelProto."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if asset.name.endswith(SUFFIX):
        # A loader that is given this name reads it as ONNX, whatever else its head looks like.
        return Claim.CERTAIN
    if asset.head[:1] == b"\x08" and _is_model(asset.head, asset.content.size):
        return Claim.CERTAIN
    return Claim.NONE


def _is_model(head: bytes, size: int) -> bool:
    """Whether the fields in the head are a ModelProto's, from its version to its graph."""
    at, seen = 0, set[int]()
    while at < min(len(head), size):
        try:
            tag, at = varint(head, at, len(head))
            number, wire = tag >> 3, tag & 7
            if MODEL_FIELDS.get(number) != wire:
                return False
            value, at = varint(head, at, len(head))
        except Malformed:
            break
        if number == 1 and not 0 < value <= MAX_IR_VERSION:
            return False
        if wire == LEN:
            if number == GRAPH and head[at : at + 1] not in _GRAPH_STARTS:
                return False
            at += value
        seen.add(number)
        if at > size and number != GRAPH:
            return False
    return {1, GRAPH} <= seen


# How a GraphProto can begin: by any of its fields' tags; or it is empty.
_GRAPH_STARTS = {
    b"",
    b"\x0a",
    b"\x12",
    b"\x2a",
    b"\x52",
    b"\x5a",
    b"\x62",
    b"\x6a",
    b"\x72",
    b"\x7a",
    b"\x82",
}


def read(asset: Asset) -> Iterator[Reading]:
    """The model's view."""
    sketch = Sketch(asset.locator, Framework.ONNX)
    yield from readings(sketch, lambda: Walk(sketch).model(Message(asset.content)))


@dataclass(frozen=True, kw_only=True)
class TensorNumbers(View):
    """A file of raw numbers beside a model: `size` in bytes."""

    size: int


class Walk:
    """A walk over a model, which notes what it meets in a sketch."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch
        self.elements: dict[int, int] = {}  # by TensorProto.DataType

    def model(self, message: Message) -> None:
        """A ModelProto."""
        seen = set[int]()
        for each in message.fields():
            if MODEL_FIELDS.get(each.number, each.wire) != each.wire:
                said = f"field {each.number} has wire type {each.wire}: readers of other formats take it"
                self.sketch.flaw(FlawKind.DISAGREES, said, each.start)
                continue
            seen.add(each.number)
            if each.number == GRAPH:
                self.graph(message.inner(each), "graph")
            elif each.number == 20:
                self._training(message.inner(each))
            elif each.number == 25:
                self._function(message.inner(each))
            elif each.number not in MODEL_FIELDS and each.wire == LEN and each.value > MAX_UNKNOWN:
                said = f"field {each.number} of {each.value} bytes is none of a model's"
                self.sketch.flaw(FlawKind.HIDDEN, said, each.start)
        if not seen & {GRAPH, 25}:
            raise Malformed("has no graph")

    def graph(self, message: Message, where: str) -> None:
        """A GraphProto."""
        for each in message.fields():
            if each.number == 1:
                self.node(message.inner(each), where)
            elif each.number == 5:
                self.tensor(message.inner(each))
            elif each.number == 15:
                self._sparse(message.inner(each))

    def _training(self, message: Message) -> None:
        for each in message.fields():
            if each.number in (1, 2):
                self.graph(message.inner(each), "training")

    def _function(self, message: Message) -> None:
        name, domain = "function", ""
        for each in message.fields():
            if each.number == 1:
                name = message.text(each)
            elif each.number == 10:
                domain = message.text(each)
            elif each.number == 7:
                self.node(message.inner(each), name)
            elif each.number == 11:
                self._attribute(message.inner(each), name)
        self.sketch.define(domain, name)

    def node(self, message: Message, where: str) -> None:
        """A NodeProto; all names given count where a field comes twice."""
        kinds: list[str] = []
        domain = ""
        texts: list[str] = []
        for each in message.fields():
            if each.number == 4:
                kinds.append(message.text(each))
            elif each.number == 7:
                domain = message.text(each)
            elif each.number == 5:
                texts += self._attribute(message.inner(each), where)
        for kind in kinds:
            kept = tuple(texts) if domain not in ("", "ai.onnx", "ai.onnx.ml") else ()
            self.sketch.operator(Operator(kind, domain, where, kept, message.start))
        if len(kinds) > 1:
            self.sketch.flaw(FlawKind.DISAGREES, f"a node is both {kinds[0]} and {kinds[1]}", message.start)

    def _attribute(self, message: Message, where: str) -> list[str]:
        texts: list[str] = []
        for each in message.fields(DULL_NUMBERS):
            if each.number in (5, 10):
                self.tensor(message.inner(each))
            elif each.number in (6, 11):
                self.graph(message.inner(each), where)
            elif each.number in (22, 23):
                self._sparse(message.inner(each))
            elif (
                each.number in (4, 9)
                and each.wire == LEN
                and each.value <= MAX_KEPT_STRING
                and len(texts) < 8
            ):
                texts.append(message.text(each))
        return texts

    def _sparse(self, message: Message) -> None:
        for each in message.fields():
            if each.number in (1, 2):
                self.tensor(message.inner(each))

    def tensor(self, message: Message) -> None:
        """A TensorProto: its size must be what its shape says; its file is noted."""
        dims: list[int] = []
        kind, raw, name = 0, None, ""
        external: dict[str, str] = {}
        is_external = is_segment = strings = False
        inline = 0
        for each in message.fields():
            if each.number == 1:
                dims += _dims(message, each)
            elif each.number == 2:
                kind = each.value
            elif each.number == 3:
                is_segment = True
            elif each.number == 8:
                name = message.octets(each)[:80].decode("utf-8", "replace")
            elif each.number in NUMBERS:
                inline += each.value if each.wire == LEN else 1
            elif each.number == 6:
                strings = True
            elif each.number == 9:
                raw = each
            elif each.number == 13:
                key, value = _entry(message.inner(each))
                external[key] = value
            elif each.number == 14:
                is_external = each.value == 1
        if all(each >= 0 for each in dims):
            self.elements[kind] = self.elements.get(kind, 0) + prod(dims)
        if raw is None and not external and not strings:
            self._inline(dims, kind, inline, message.start)
        if external:
            self._external(external, dims, kind, message.start)
        if any(each < 0 for each in dims):
            self.sketch.flaw(FlawKind.LIES, f"tensor {name!r} has a negative dimension", message.start)
        elif raw is not None and not is_external and not is_segment and kind in BITS:
            bits = prod(dims) * BITS[kind]
            if (bits + 7) // 8 != raw.value:
                said = (
                    f"tensor {name!r} holds {raw.value} bytes; its shape {dims[:8]} takes {(bits + 7) // 8}"
                )
                self.sketch.flaw(FlawKind.LIES, said, message.start)

    def _inline(self, dims: list[int], kind: int, held: int, offset: int) -> None:
        """A tensor whose numbers stand in typed fields: `held` bytes at least, one or more a number."""
        wanted = prod(dims) * BITS.get(kind, 0) // 8
        if held == 0 and wanted > LIE_BYTES:
            said = f"a tensor of {wanted} bytes by its shape {dims[:8]} holds nothing"
            self.sketch.flaw(FlawKind.LIES, said, offset)

    def _external(self, entries: dict[str, str], dims: list[int], kind: int, offset: int) -> None:
        self.sketch.reference(entries.get("location", ""), "external data", offset)
        length, start = entries.get("length"), entries.get("offset")
        for key, text in (("length", length), ("offset", start)):
            if text is not None and not (text.isascii() and text.isdigit() and int(text[:20]) < 1 << 63):
                said = f"external data has the {key} {text[:40]!r}"
                self.sketch.flaw(FlawKind.LIES, said, offset)
                return
        if kind in BITS and all(each >= 0 for each in dims):
            wanted = (prod(dims) * BITS[kind] + 7) // 8
            if length is not None and int(length) not in (wanted, 0):
                said = f"external data of {length} bytes for a shape of {wanted}"
                self.sketch.flaw(FlawKind.LIES, said, offset)
            elif wanted < 1 << 63:
                self.sketch.takes(entries.get("location", ""), int(start or 0), wanted)


def _dims(message: Message, field: Field) -> list[int]:
    if field.wire == VARINT:
        return [signed(field.value)]
    return [signed(each) for each in varints(message.octets(field, MAX_DIMS))]


def _entry(message: Message) -> tuple[str, str]:
    key = value = ""
    for each in message.fields():
        if each.number == 1:
            key = message.text(each)
        elif each.number == 2:
            value = message.text(each)
    return key, value


def claim_tensor(asset: Asset) -> Claim:
    """CERTAIN where the whole head of a `.pb` is a TensorProto's fields, its data type among them."""
    if asset.kind is Kind.FOLDER or asset.head[:1] not in (b"\x08", b"\x10") or asset.name[-3:] != ".pb":
        return Claim.NONE
    at, kind, head = 0, 0, asset.head
    while at < len(head):
        try:
            tag, at = varint(head, at, len(head))
            if TENSOR_FIELDS.get(tag >> 3) != tag & 7:
                return Claim.NONE
            value, at = varint(head, at, len(head))
        except Malformed:
            break
        kind = value if tag >> 3 == 2 else kind
        at += value if tag & 7 == LEN else 0
    return Claim.CERTAIN if kind in BITS or kind == STRINGS else Claim.NONE


def read_tensor(asset: Asset) -> Iterator[Reading]:
    """The view of a tensor that stands alone, as test data do."""
    sketch = Sketch(asset.locator, Framework.ONNX)
    yield from readings(sketch, lambda: Walk(sketch).tensor(Message(asset.content)))


def claim_numbers(asset: Asset) -> Claim:
    """NAME by the suffixes that exporters give: the numbers have no magic."""
    if asset.kind is Kind.FOLDER or ".onnx" not in asset.name:
        return Claim.NONE
    return Claim.NAME if NUMBERS_NAME.search(asset.name) else Claim.NONE


def read_numbers(asset: Asset) -> Iterator[Reading]:
    """The view of a file of tensors."""
    yield TensorNumbers(locator=asset.locator, size=asset.content.size)


SIGNS = Signs(starts=(b"\x08",), ends=(".onnx", ".pb"), names=(".onnx",))
FORMATS = (
    Format("onnx", "ONNX model", claim, read),
    Format("onnx-tensor", "ONNX tensor", claim_tensor, read_tensor),
    Format("onnx-external-data", "tensors of an ONNX model", claim_numbers, read_numbers),
)
