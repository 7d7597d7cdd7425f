"""GGUF models, versions 1 to 3, both byte orders: metadata and where each tensor lies.

Source: ggml, `docs/gguf.md`, and `gguf_init_from_file` in `gguf.cpp`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import prod

from hauberk.core.asset import Asset, Bytes, Content, Kind
from hauberk.core.errors import Malformed, UnreadableAsset, Unsupported
from hauberk.core.gap import gap_of
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.ggml_types import block_type
from hauberk.formats.octets import Octets, Untrue
from hauberk.formats.signs import Signs

MAGIC = b"GGUF"
ARRAY, STRING = 9, 8
# Bytes of each fixed-size value type, by number. Source: gguf.md, `gguf_metadata_value_type`.
FIXED = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
# The struct codes of those that are whole numbers.
INTEGERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 10: "Q", 11: "q"}
# Bytes of a key or tensor name that the format allows.
MAX_KEY = 65_535
# Bytes of a string value: chat templates and licences have at most a few hundred thousand.
MAX_STRING = 16 << 20
# Arrays in arrays: the format allows them, no model has more than one level.
MAX_NESTING = 4
# Values and tensors that we walk: the largest honest files have 5,000 tensors, and tokens in arrays.
MAX_ENTRIES = 1_000_000
# Strings of all arrays together: ten times the largest vocabulary and its merges.
MAX_TOKENS = 10_000_000
# Dimensions of a tensor; GGML itself stops at 4.
MAX_DIMENSIONS = 16
# Bytes that pad a file: alignments in use are 32 to 4,096.
MAX_ALIGNMENT = 1 << 16
# Flaws that are told one by one.
MAX_TOLD = 20
# Bytes read at once from an array of strings.
CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class GgufModel(View):
    """A model's metadata (strings and whole numbers, by key), its tensors' number, and elements by type."""

    version: int
    strings: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    tensors: int = 0
    numbers: Mapping[str, int] = field(default_factory=dict)
    elements: Mapping[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Walk:
    """What the walk has met so far."""

    version: int = 0
    strings: dict[str, str] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    spans: list[TensorSpan] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    tensors: int = 0
    tokens: int = 0
    start: int = 0  # of the tensors' bytes
    numbers: dict[str, int] = field(default_factory=dict)
    elements: dict[int, int] = field(default_factory=dict)

    def flaw(self, kind: FlawKind, message: str, offset: int | None) -> None:
        if len(self.flaws) < MAX_TOLD:
            self.flaws.append(Flaw(kind, message, offset))


@dataclass(frozen=True, slots=True)
class TensorSpan:
    """A tensor: its first byte, its bytes, its type (ggml_type) and its dimensions, innermost first."""

    begin: int
    size: int | None
    name: str
    kind: int
    dimensions: tuple[int, ...]


def claim(asset: Asset) -> Claim:
    """CERTAIN by the magic string and a version that exists."""
    if asset.head.startswith(MAGIC):
        return Claim.CERTAIN if asset.kind is not Kind.FOLDER else Claim.NONE
    return Claim.NAME if asset.name.endswith(".gguf") else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The model's view and its chat templates; tensor bytes are never read."""
    walk = _Walk()
    stop: UnreadableAsset | None = None
    try:
        _walk(Octets(asset.content), walk)
    except Untrue as error:
        walk.flaw(FlawKind.LIES, str(error), error.offset)
        stop = error
    except UnreadableAsset as error:
        stop = error
    yield GgufModel(
        locator=asset.locator, flaws=tuple(walk.flaws), version=walk.version, strings=walk.strings,
        keys=tuple(walk.keys), tensors=walk.tensors, numbers=walk.numbers, elements=walk.elements,
    )  # fmt: skip
    for key, text in walk.strings.items():
        if key == "tokenizer.chat_template" or key.startswith("tokenizer.chat_template."):
            yield asset.inner(key, Bytes(text.encode("utf-8", "surrogateescape")), "chat-template")
    if stop is not None:
        yield gap_of(asset.locator, stop)


def tensor_spans(content: Content) -> list[TensorSpan]:
    """The tensors with where they begin in the file. Raises UnreadableAsset for a header that lies."""
    walk, octets = _Walk(), Octets(content)
    _walk(octets, walk)
    return [replace(each, begin=walk.start + each.begin) for each in walk.spans]


def _walk(octets: Octets, walk: _Walk) -> None:
    if octets.take(4) != MAGIC:
        raise Malformed("does not begin with GGUF", 0)
    version = octets.u32()
    if version and not version & 0xFFFF:  # the other byte order: no version comes near 65,536
        octets.order = ">"
        version = int.from_bytes(version.to_bytes(4, "little"), "big")
    if version not in (1, 2, 3):
        raise Unsupported(f"GGUF version {version}", 4)
    walk.version = version
    size = octets.u32 if version == 1 else octets.u64
    walk.tensors, values = size(), size()
    octets.expect(walk.tensors * 20 + values * 13)  # the smallest entries there can be
    if walk.tensors + values > MAX_ENTRIES:
        raise Malformed(f"has {walk.tensors} tensors and {values} values", 8)
    alignment = 32
    for _ in range(values):
        alignment = _value(octets, walk, alignment)
    for _ in range(walk.tensors):
        _tensor(octets, walk, alignment)
    _coverage(octets, walk, alignment)


def _text(octets: Octets, walk: _Walk, limit: int) -> str:
    length = octets.u32() if walk.version == 1 else octets.u64()
    return octets.take(length, limit).decode("utf-8", "surrogateescape")


def _key(octets: Octets, walk: _Walk) -> str:
    at = octets.at
    length = octets.u32() if walk.version == 1 else octets.u64()
    if length > MAX_KEY:
        raise Untrue(f"claims a name of {length} bytes, more than {MAX_KEY}", at)
    return octets.take(length).decode("utf-8", "surrogateescape")


def _value(octets: Octets, walk: _Walk, alignment: int) -> int:
    """Takes one key and value; returns the alignment that holds from now on."""
    at, key, kind = octets.at, _key(octets, walk), octets.u32()
    if key in walk.keys:
        walk.flaw(FlawKind.DISAGREES, f"has the key {key[:80]!r} twice", at)
    walk.keys[key] = at
    if kind == STRING:
        walk.strings[key] = _text(octets, walk, MAX_STRING)
    elif kind == ARRAY:
        _array(octets, walk, 1)
    elif kind == 4 and key == "general.alignment":
        alignment = octets.u32()
        if not 0 < alignment <= MAX_ALIGNMENT or alignment & (alignment - 1):
            raise Untrue(f"claims an alignment of {alignment}", at)
    elif kind in INTEGERS:
        walk.numbers[key] = octets.number(INTEGERS[kind])
    elif kind in FIXED:
        octets.skip(FIXED[kind])
    else:
        raise Malformed(f"key {key[:80]!r} has a value of the unknown type {kind}", at)
    return alignment


def _array(octets: Octets, walk: _Walk, depth: int) -> None:
    at, kind = octets.at, octets.u32()
    count = octets.u32() if walk.version == 1 else octets.u64()
    if depth > MAX_NESTING:
        walk.flaw(FlawKind.DEEP, f"arrays are nested more than {MAX_NESTING} deep", at)
        raise Malformed(f"arrays are nested more than {MAX_NESTING} deep", at)
    if kind in FIXED:
        octets.skip(count * FIXED[kind])
        return
    if kind not in (STRING, ARRAY):
        raise Malformed(f"an array is of the unknown type {kind}", at)
    octets.expect(count * (4 if walk.version == 1 else 8))
    walk.tokens += count
    if walk.tokens > MAX_TOKENS:
        raise Malformed(f"has more than {MAX_TOKENS} strings", at)
    if kind == STRING:
        _strings(octets, walk, count)
        return
    for _ in range(count):
        _array(octets, walk, depth + 1)


def _strings(octets: Octets, walk: _Walk, count: int) -> None:
    """Passes over `count` strings. A loop of its own: vocabularies are what costs time here."""
    length_of = struct.Struct(octets.order + ("I" if walk.version == 1 else "Q"))
    unpack, wide = length_of.unpack_from, length_of.size
    while count:
        chunk = octets.take(min(CHUNK, octets.left), CHUNK)
        start, at, last = octets.at - len(chunk), 0, len(chunk) - wide
        while count and at <= last:
            reached = at + wide + unpack(chunk, at)[0]
            if reached > len(chunk):
                break
            at = reached
            count -= 1
        octets.at = start + at
        if count and at == 0:  # longer than a chunk, or beyond the end
            octets.skip(octets.u32() if walk.version == 1 else octets.u64())
            count -= 1


def _tensor(octets: Octets, walk: _Walk, alignment: int) -> None:
    at, name, count = octets.at, _key(octets, walk), octets.u32()
    if count > MAX_DIMENSIONS:
        raise Untrue(f"tensor {name[:80]!r} claims {count} dimensions", at)
    dimensions = tuple(octets.u32() if walk.version == 1 else octets.u64() for _ in range(count))
    kind, offset = octets.u32(), octets.u64()
    known = block_type(kind)
    size = known.size(dimensions) if known else 0
    if size is None or size >= 1 << 63 or any(each >= 1 << 63 for each in dimensions):
        raise Untrue(f"tensor {name[:80]!r} has a shape that its type cannot have", at)
    if offset % alignment:
        walk.flaw(
            FlawKind.LIES, f"tensor {name[:80]!r} lies at {offset}, not at a multiple of {alignment}", at
        )
    walk.elements[kind] = walk.elements.get(kind, 0) + prod(dimensions)
    walk.spans.append(TensorSpan(offset, size if known else None, name, kind, dimensions))
    if not known:
        raise Unsupported(f"tensor {name[:80]!r} has the unknown type {kind}", at)


def _coverage(octets: Octets, walk: _Walk, alignment: int) -> None:
    """Tensors that overlap, bytes that belong to none, and names that two of them have."""
    names = {each.name for each in walk.spans}
    if len(names) < len(walk.spans):
        walk.flaw(FlawKind.DISAGREES, f"{len(walk.spans) - len(names)} tensors share their names", None)
    start = walk.start = octets.at + -octets.at % alignment
    reached = 0
    for each in sorted(walk.spans, key=lambda span: (span.begin, span.size or 0)):
        size = each.size or 0
        if each.begin < reached and size:
            walk.flaw(FlawKind.LIES, f"tensor {each.name[:80]!r} overlaps another", start + each.begin)
        elif each.begin - reached >= alignment:
            hole = each.begin - reached
            walk.flaw(
                FlawKind.HIDDEN, f"{hole} bytes before {each.name[:80]!r} are no tensor's", start + reached
            )
        reached = max(reached, each.begin + size)
    left = octets.size - start - reached
    if left >= alignment:
        walk.flaw(FlawKind.HIDDEN, f"{left} bytes follow the last tensor", start + reached)
    if walk.spans and left < 0:
        octets.at = min(start, octets.size)
        octets.expect(reached)


SIGNS = Signs(starts=(b"GGUF",), ends=(".gguf",))
FORMAT = Format("gguf", "GGUF model", claim, read)
