"""safetensors: a JSON header that accounts for every byte of the tensors behind it.

Source: safetensors, README "Format", and `safetensors::tensor::SafeTensors::read_metadata`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod

from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.errors import Malformed, UnreadableAsset
from hauberk.core.gap import Gap, gap_of
from hauberk.core.statement import Json
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs
from hauberk.formats.strict_json import Parsed, TooDeep, parse

# Bytes of header that the format allows (MAX_HEADER_SIZE in its reference reader).
MAX_HEADER = 100_000_000
# Bytes of header that we parse: 200,000 tensors of 125 bytes each.
MAX_PARSED = 25_000_000
# A length this far beyond the file is no truncation any more.
LIE_FACTOR = 8
LIE_BYTES = 64 << 20
# Dimensions of a tensor: no framework has more.
MAX_DIMENSIONS = 64
# Flaws of one kind that are told one by one.
MAX_TOLD = 20

# Bits of one element. Source: `safetensors::tensor::Dtype::bitsize`.
BITS = {
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8,
    "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64, "C128": 128,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SafetensorsModel(View):
    """The header: how many tensors, the free-text metadata, and elements by dtype."""

    tensors: int
    metadata: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Span:
    begin: int
    end: int
    name: str
    dtype: str
    elements: int


def claim(asset: Asset) -> Claim:
    """CERTAIN where a plausible header length is followed by a JSON object."""
    head = asset.head
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if head[8:9] == b"{" and head[4:8] == b"\0\0\0\0" and head[9:].lstrip(b" \n\r\t")[:1] in (b'"', b"}"):
        return Claim.CERTAIN
    return Claim.NAME if asset.name.endswith(".safetensors") else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The header's view; the tensors themselves are never read."""
    size = asset.content.size
    if size < 8:
        raise Malformed(f"{size} bytes are too few for a safetensors header")
    length = int.from_bytes(asset.head[:8], "little")
    if length > MAX_HEADER or (length > size * LIE_FACTOR and length > LIE_BYTES):
        flaw = Flaw(FlawKind.LIES, f"claims a header of {length} bytes in a file of {size}", 0)
        yield SafetensorsModel(locator=asset.locator, flaws=(flaw,), tensors=0)
        raise Malformed(flaw.message, 0)
    if 8 + length > size:
        raise Malformed(f"a header of {length} bytes, but only {size - 8} follow", 0)
    if length > MAX_PARSED:
        raise Malformed(f"a header of {length} bytes is longer than {MAX_PARSED}", 0)
    try:
        parsed = parse(asset.content.read(8, length), MAX_PARSED)
    except TooDeep as error:
        flaw = Flaw(FlawKind.DEEP, f"header: {error}", 8)
        yield SafetensorsModel(locator=asset.locator, flaws=(flaw,), tensors=0)
        raise
    yield from _model(asset, parsed, size - 8 - length)


def _model(asset: Asset, parsed: Parsed, body: int) -> Iterator[Reading]:
    if not isinstance(parsed.value, dict):
        raise Malformed("the header is no JSON object", 8)
    flaws = [Flaw(FlawKind.DISAGREES, f"header has the key {key!r} twice", 8) for key in parsed.duplicates]
    header = dict(parsed.value)
    metadata = header.pop("__metadata__", None)
    spans: list[_Span] = []
    stop: UnreadableAsset | None = None
    for name, described in header.items():
        try:
            spans.append(_span(name, described, body, flaws))
        except UnreadableAsset as error:
            stop = stop or error
    if stop is None:
        flaws += _coverage(spans, body)
    texts, ill = _texts(metadata)
    told = tuple((flaws + ill)[:MAX_TOLD])
    yield SafetensorsModel(
        locator=asset.locator, flaws=told, tensors=len(spans), metadata=texts, elements=_elements(spans)
    )
    template = texts.get("chat_template", "")
    if "{" in template:
        octets = template.encode("utf-8", "surrogatepass")
        yield asset.inner("__metadata__.chat_template", Bytes(octets), "chat-template")
    if stop is not None:
        yield Gap(gap_of(asset.locator, stop).place, stop.reason, str(stop))


def _span(name: str, described: Json, body: int, flaws: list[Flaw]) -> _Span:
    """Where the tensor's bytes are; says in `flaws` what cannot be true, raises what is unreadable."""
    shown = name[:80]
    if not isinstance(described, dict):
        raise Malformed(f"tensor {shown!r} is not described by an object")
    shape, offsets = _sizes(described.get("shape")), _sizes(described.get("data_offsets"))
    if shape is None or offsets is None or len(offsets) != 2 or len(shape) > MAX_DIMENSIONS:
        flaws.append(Flaw(FlawKind.LIES, f"tensor {shown!r} has a shape or offsets that are no sizes", 8))
        raise Malformed(f"tensor {shown!r} has a shape or offsets that are no sizes")
    begin, end = offsets
    bits = BITS.get(str(described.get("dtype")))
    if begin > end:
        flaws.append(Flaw(FlawKind.LIES, f"tensor {shown!r} ends before it begins", 8))
    elif bits is None:
        raise Malformed(f"tensor {shown!r} has the unknown dtype {str(described.get('dtype'))[:20]!r}")
    elif prod(shape) * bits != (end - begin) * 8:
        flaws.append(
            Flaw(FlawKind.LIES, f"tensor {shown!r}: shape x dtype is not its {end - begin} bytes", 8)
        )
    elif end > body:
        if end > body * LIE_FACTOR and end > LIE_BYTES:
            flaws.append(Flaw(FlawKind.LIES, f"tensor {shown!r} ends at {end} of {body} bytes", 8))
        raise Malformed(f"tensor {shown!r} ends at {end}, but only {body} bytes follow the header")
    return _Span(begin, end, shown, str(described.get("dtype"))[:20], prod(shape))


def _elements(spans: list[_Span]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for each in spans:
        counted[each.dtype] = counted.get(each.dtype, 0) + each.elements
    return counted


def _sizes(value: Json) -> list[int] | None:
    if not isinstance(value, list):
        return None
    sizes = [
        each for each in value if isinstance(each, int) and not isinstance(each, bool) and 0 <= each < 1 << 64
    ]
    return sizes if len(sizes) == len(value) else None


def _coverage(spans: list[_Span], body: int) -> Iterator[Flaw]:
    """Bytes that two tensors share, and bytes that none accounts for."""
    reached = 0
    for each in sorted(spans, key=lambda span: (span.begin, span.end)):
        if each.begin < reached:
            yield Flaw(FlawKind.LIES, f"tensor {each.name!r} overlaps another", each.begin)
        elif each.begin > reached:
            yield Flaw(
                FlawKind.HIDDEN, f"{each.begin - reached} bytes before {each.name!r} are no tensor's", reached
            )
        reached = max(reached, each.end)
    if reached < body:
        yield Flaw(FlawKind.HIDDEN, f"{body - reached} bytes follow the last tensor", reached)


def _texts(metadata: Json) -> tuple[dict[str, str], list[Flaw]]:
    if metadata is None:
        return {}, []
    if not isinstance(metadata, dict):
        return {}, [Flaw(FlawKind.DISAGREES, "__metadata__ is no object", 8)]
    texts = {key: value for key, value in metadata.items() if isinstance(value, str)}
    odd = [key for key in metadata if key not in texts]
    return texts, [Flaw(FlawKind.DISAGREES, f"__metadata__ {key[:80]!r} is no string", 8) for key in odd]


SIGNS = Signs(at=((4, b"\0\0\0\0{"),), ends=(".safetensors",))
FORMAT = Format("safetensors", "safetensors tensors", claim, read)
