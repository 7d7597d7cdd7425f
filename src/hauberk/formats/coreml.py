"""Core ML models: the layers that an app must bring, linked models, and files that hold weights.

Source: coremltools, mlmodel/format/{Model,NeuralNetwork,MIL,LinkedModel,CustomModel}.proto;
mlmodel/src/MILBlob/Blob/StorageFormat.hpp.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.view import FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.graph import Framework, Operator, Sketch, readings
from hauberk.formats.protobuf import LEN, VARINT, Message, varint
from hauberk.formats.signs import Signs

# The newest specification is 10; some years of room.
MAX_VERSION = 40
# Fields of Model: plain ones, those that are neural networks, those that hold models, and the rest of the
# types.
DESCRIPTION = 2
PLAIN = {1: VARINT, DESCRIPTION: LEN, 10: VARINT}
NETWORKS = {303, 403, 500}
PIPELINES = {200: True, 201: True, 202: False}
PROGRAM, CUSTOM_MODEL, LINKED_MODEL = 502, 555, 556
SINGLE = {
    300, 301, 302, 304, 400, 401, 402, 404, 501, 560, 600, 601, 602, 603, 604, 606, 607, 609, 610, 900,
    2000, 2001, 2002, 2003, 2004, 2005, 2006, 3000,
}  # fmt: skip
TYPES = NETWORKS | PIPELINES.keys() | SINGLE | {PROGRAM, CUSTOM_MODEL, LINKED_MODEL}
# Fields of NeuralNetworkLayer.
LAYER_CUSTOM, LAYER_BRANCH, LAYER_LOOP = 500, 605, 615
# Where a program's weights are: in the package, or in the compiled model's folder.
MODEL_PATH = "@model_path/"
# Models inside models, and blocks inside blocks; Core ML's own pipelines are one deep.
MAX_LEVELS = 32
# Runs of numbers in weights that are no packed field.
DULL_NUMBERS = re.compile(rb"(?:\x0d[\s\S]{4})++")
# A blob file: count, version 2, zeros to byte 64, then the first blob's sentinel.
BLOB = re.compile(rb"[\s\S]{4}\x02\0\0\0\0{56}\xef\xbe\xad\xde")


@dataclass(frozen=True, kw_only=True)
class WeightBlobs(View):
    """The weights of a Core ML program: `blobs` of raw numbers."""

    blobs: int


def claim(asset: Asset) -> Claim:
    """CERTAIN by the suffix, or where the head is a Core ML Model."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if asset.name.endswith(".mlmodel") or (asset.head[:1] == b"\x08" and _is_model(asset.head)):
        return Claim.CERTAIN
    return Claim.NONE


def _is_model(head: bytes) -> bool:
    """Whether the head's fields are a Model's: its version, its description, then one of the types."""
    at, seen = 0, set[int]()
    while at < len(head):
        try:
            tag, at = varint(head, at, len(head))
            value, at = varint(head, at, len(head))
        except Malformed:
            break
        number = tag >> 3
        if number in TYPES and tag & 7 == LEN and 1 in seen:
            return True
        if number not in (1, DESCRIPTION, 10) or (tag & 7) != (LEN if number == DESCRIPTION else VARINT):
            return False
        if number == 1 and not 0 < value <= MAX_VERSION:
            return False
        if number == DESCRIPTION:
            at += value
        seen.add(number)
    return False


def claim_weights(asset: Asset) -> Claim:
    """CERTAIN by the sentinel of the first blob."""
    if asset.kind is Kind.FOLDER or asset.head[4:8] != b"\2\0\0\0" or not BLOB.match(asset.head):
        return Claim.NONE
    return Claim.CERTAIN


def read(asset: Asset) -> Iterator[Reading]:
    """The model's view."""
    sketch = Sketch(asset.locator, Framework.COREML)
    yield from readings(sketch, lambda: _model(Message(asset.content), sketch, 0))


def read_weights(asset: Asset) -> Iterator[Reading]:
    """The view of a program's weights."""
    yield WeightBlobs(locator=asset.locator, blobs=int.from_bytes(asset.head[:4], "little"))


def _model(message: Message, sketch: Sketch, level: int) -> None:
    if level > MAX_LEVELS:
        raise OverBudget(f"models are nested more than {MAX_LEVELS} deep", message.start)
    seen = False
    for each in message.fields():
        if each.number in TYPES and each.wire == LEN:
            seen = True
            _type(each.number, message.inner(each), sketch, level)
        elif PLAIN.get(each.number) != each.wire:
            said = f"field {each.number} of wire type {each.wire} is none of a model's"
            sketch.flaw(FlawKind.DISAGREES, said, each.start)
    if not seen:
        raise Malformed("is of no type of model", message.start)


def _type(number: int, message: Message, sketch: Sketch, level: int) -> None:
    if number in NETWORKS:
        _network(message, sketch, level)
    elif number in PIPELINES:
        _pipeline(message, PIPELINES[number], sketch, level)
    elif number == PROGRAM:
        _program(message, sketch)
    elif number == CUSTOM_MODEL:
        sketch.operator(Operator("customModel", "", "model", (_text(message, 10),), message.start))
    elif number == LINKED_MODEL:
        _linked(message, sketch)


def _pipeline(message: Message, is_wrapped: bool, sketch: Sketch, level: int) -> None:
    for each in message.fields():
        if each.number == 1 and is_wrapped:
            _pipeline(message.inner(each), False, sketch, level)
        elif each.number == 1:
            _model(message.inner(each), sketch, level + 1)


def _network(message: Message, sketch: Sketch, level: int) -> None:
    if level > MAX_LEVELS:
        raise OverBudget(f"networks are nested more than {MAX_LEVELS} deep", message.start)
    for each in message.fields():
        if each.number == 1:
            _layer(message.inner(each), sketch, level)


def _layer(message: Message, sketch: Sketch, level: int) -> None:
    for each in message.fields():
        if each.number == LAYER_CUSTOM:
            custom = message.inner(each)
            sketch.operator(Operator("customLayer", "", "network", (_text(custom, 10),), each.start))
        elif each.number in (LAYER_BRANCH, LAYER_LOOP):
            inner = message.inner(each)
            wanted = (1, 2) if each.number == LAYER_BRANCH else (3, 4)
            for part in inner.fields():
                if part.number in wanted:
                    _network(inner.inner(part), sketch, level + 1)
        elif each.number >= 100:
            sketch.operator(Operator(f"layer {each.number}", "", "network", (), each.start))


def _program(message: Message, sketch: Sketch) -> None:
    """A MIL program: functions hold blocks by opset, blocks hold operations, operations hold blocks."""
    for each in message.fields():
        if each.number == 2:
            for function in _values(message.inner(each)):
                for part in function.fields():
                    if part.number == 3:
                        for block in _values(function.inner(part)):
                            _block(block, sketch)


def _values(entry: Message) -> Iterator[Message]:
    """The value of a map's entry."""
    for each in entry.fields():
        if each.number == 2:
            yield entry.inner(each)


def _block(message: Message, sketch: Sketch) -> None:
    for each in message.fields():
        if each.number == 3:
            _operation(message.inner(each), sketch)
        elif each.number == 4:
            _attributes(message.inner(each), sketch)


def _operation(message: Message, sketch: Sketch) -> None:
    for each in message.fields():
        if each.number == 1:
            sketch.operator(Operator(message.text(each), "", "program", (), message.start))
        elif each.number == 2:
            for argument in _values(message.inner(each)):
                for binding in argument.fields():
                    if binding.number == 1:
                        for value in _values(argument.inner(binding)):
                            _value(value, sketch)
        elif each.number == 4:
            _block(message.inner(each), sketch)
        elif each.number == 5:
            _attributes(message.inner(each), sketch)


def _attributes(entry: Message, sketch: Sketch) -> None:
    for value in _values(entry):
        _value(value, sketch)


def _value(message: Message, sketch: Sketch) -> None:
    for each in message.fields(DULL_NUMBERS):
        if each.number == 5:
            blob = message.inner(each)
            for part in blob.fields():
                if part.number == 1:
                    path = blob.text(part)
                    sketch.reference(path.removeprefix(MODEL_PATH), "weights", part.start)


def _linked(message: Message, sketch: Sketch) -> None:
    for each in message.fields():
        if each.number != 1:
            continue
        linked = message.inner(each)
        for part in linked.fields():
            path = _text(linked.inner(part), 1)
            for one in path.split(":") if part.number == 2 else (path,):
                sketch.reference(one, "linked model", part.start)


def _text(message: Message, number: int) -> str:
    found = ""
    for each in message.fields():
        if each.number == number and each.wire == LEN:
            found = message.text(each)
    return found


SIGNS = Signs(starts=(b"\x08",), at=((4, b"\2\0\0\0"),), ends=(".mlmodel",))
FORMATS = (
    Format("coreml", "Core ML model", claim, read),
    Format("coreml-weights", "weights of a Core ML program", claim_weights, read_weights),
)
