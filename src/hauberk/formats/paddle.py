"""Paddle models: programs of operators (`.pdmodel`, `__model__`, PIR's `.json`) and their raw tensors.

Source: paddle/fluid/framework/framework.proto; paddle/fluid/framework/lod_tensor.cc (SerializeToStream);
paddle/fluid/pir/serialize_deserialize.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed
from hauberk.core.statement import Json
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.graph import Framework, Operator, Sketch, readings
from hauberk.formats.octets import Octets, Untrue
from hauberk.formats.protobuf import LEN, VARINT, Message, signed
from hauberk.formats.signs import Signs
from hauberk.formats.strict_json import parse

# A ProgramDesc begins with a BlockDesc: idx 0, parent_idx (-1 as ten bytes, or 0), then variables or
# operators.
PROGRAM = re.compile(rb"\x0a[\x80-\xff]{0,9}[\x00-\x7f]\x08\x00\x10(?:\xff{9}\x01|\x00)[\x1a\x22]")
PIR = re.compile(rb'\s*\{\s*"base_code"\s*:\s*\{[^{}]*"magic"\s*:\s*"pir"')
# A tensor: version 0, no levels, version 0, the length of its description, and its data type.
TENSOR = re.compile(rb"\0{16}[\x02-\xff][\x00-\x0f]\0\0\x08[\x00-\x40](?:\x10|$)")
NAMES = (".pdmodel", "__model__")
# Bytes of a PIR program; it holds no weights.
MAX_JSON = 128 << 20
# Bytes of a tensor's description, and tensors of a file.
MAX_DESCRIPTION = 1 << 16
MAX_TENSORS = 1_000_000
# Bytes of an element by VarType.Type. Source: framework.proto.
BYTES = {0: 1, 1: 2, 2: 4, 3: 8, 4: 2, 5: 4, 6: 8, 20: 1, 21: 1, 22: 2, 23: 8, 24: 16, 32: 1, 33: 1}
# What an attribute of these operators names is a file. Source: paddle/fluid/operators/{save,load}_op.cc.
PATHS = {"file_path", "file_paths", "filename", "model_path", "path"}


@dataclass(frozen=True, kw_only=True)
class PaddleTensors(View):
    """A file of `tensors`, raw."""

    tensors: int


def claim(asset: Asset) -> Claim:
    """CERTAIN by the name, or where the head is a program's first block."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    is_program = asset.head[:1] == b"\x0a" and PROGRAM.match(asset.head)
    return Claim.CERTAIN if is_program or asset.name.endswith(NAMES) else Claim.NONE


def claim_pir(asset: Asset) -> Claim:
    """CERTAIN by PIR's magic word."""
    if asset.kind is Kind.FOLDER or asset.head[:1] != b"{" or b'"base_code"' not in asset.head[:64]:
        return Claim.NONE
    return Claim.CERTAIN if PIR.match(asset.head) else Claim.NONE


def claim_tensors(asset: Asset) -> Claim:
    """CERTAIN by the first tensor's header and the suffix, LIKELY by the header, NAME by the suffix."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    is_named = asset.name.endswith((".pdiparams", "__params__"))
    if asset.head[:4] == b"\0\0\0\0" and TENSOR.match(asset.head):
        return Claim.CERTAIN if is_named else Claim.LIKELY
    return Claim.NAME if is_named else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The program's view."""
    sketch = Sketch(asset.locator, Framework.PADDLE)
    yield from readings(sketch, lambda: _program(Message(asset.content), sketch))


def read_pir(asset: Asset) -> Iterator[Reading]:
    """The view of a PIR program."""
    sketch = Sketch(asset.locator, Framework.PADDLE)
    yield from readings(sketch, lambda: _pir(asset, sketch))


def _program(message: Message, sketch: Sketch) -> None:
    blocks = 0
    for each in message.fields():
        if each.number == 1:
            blocks += 1
            block = message.inner(each)
            for part in block.fields():
                if part.number == 4:
                    _operator(block.inner(part), sketch)
    if not blocks:
        raise Malformed("has no block")


def _operator(message: Message, sketch: Sketch) -> None:
    names: list[str] = []
    texts: list[str] = []
    for each in message.fields():
        if each.number == 3:
            names.append(message.text(each))
        elif each.number == 4:
            texts += _texts(message.inner(each))
    for name in names:
        sketch.operator(Operator(name, "", "program", tuple(texts), message.start))
    if len(names) > 1:
        sketch.flaw(FlawKind.DISAGREES, f"an operator is both {names[0]} and {names[1]}", message.start)


def _texts(attribute: Message) -> list[str]:
    name, texts = "", list[str]()
    for each in attribute.fields():
        if each.number == 1:
            name = attribute.text(each)
        elif each.number in (5, 8) and each.wire == LEN and each.value <= 4096:
            texts.append(attribute.text(each))
    return texts if name in PATHS else []


def _pir(asset: Asset, sketch: Sketch) -> None:
    parsed = parse(asset.content.read(0, min(asset.content.size, MAX_JSON + 1)), MAX_JSON)
    for key in parsed.duplicates:
        sketch.flaw(FlawKind.DISAGREES, f"has the key {key!r} twice")
    todo: list[Json] = [parsed.value]
    while todo:
        each = todo.pop()
        if isinstance(each, list):
            todo += each
        elif isinstance(each, dict):
            name = each.get("#")
            if isinstance(name, str) and ("I" in each or "O" in each or "A" in each):
                # The number before the dot stands for a dialect; 2 is that of custom operators.
                dialect, _, short = name.partition(".")
                domain = "custom_op" if dialect in ("2", "custom_op") else ""
                sketch.operator(Operator(short or name, domain, "program"))
            todo += each.values()


def read_tensors(asset: Asset) -> Iterator[Reading]:
    """The view of a file of tensors, whose sizes must be what their shapes say."""
    octets = Octets(asset.content, ahead=64)
    flaws: list[Flaw] = []
    count = 0
    failed: Malformed | None = None
    try:
        while octets.left > 0 and count < MAX_TENSORS:
            _tensor(octets, asset)
            count += 1
    except Untrue as error:
        flaws.append(Flaw(FlawKind.LIES, str(error), error.offset))
        failed = error
    except Malformed as error:
        failed = error
    yield PaddleTensors(locator=asset.locator, flaws=tuple(flaws), tensors=count)
    if failed is not None:
        raise failed


def _tensor(octets: Octets, asset: Asset) -> None:
    if octets.u32():
        raise Malformed("a tensor of an unknown version", octets.at)
    for _ in range(min(octets.u64(), 64)):
        octets.skip(octets.u64())
    octets.u32()
    length = octets.u32()
    if length > MAX_DESCRIPTION:
        raise Untrue(f"a tensor's description claims {length} bytes", octets.at)
    start = octets.at
    octets.expect(length)
    kind, dims = 5, list[int]()
    message = Message(asset.content)
    message.start, message.end, message.depth = start, start + length, 1
    for each in message.fields():
        if each.number == 1 and each.wire == VARINT:
            kind = each.value
        elif each.number == 2 and each.wire == VARINT:
            dims.append(signed(each.value))
    if kind not in BYTES or any(each < 0 for each in dims):
        raise Malformed(f"a tensor of type {kind} and shape {dims[:8]}", start)
    octets.skip(length)
    octets.skip(prod(dims) * BYTES[kind])


SIGNS = Signs(
    starts=(b"\n", b"\0\0\0\0"),
    holds=(b'"base_code"',),
    ends=(".pdmodel", "__model__", ".pdiparams", "__params__"),
)
FORMATS = (
    Format("paddle", "Paddle program", claim, read),
    Format("paddle-pir", "Paddle PIR program", claim_pir, read_pir),
    Format("paddle-tensors", "Paddle tensors", claim_tensors, read_tensors),
)
