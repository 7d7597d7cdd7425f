"""GGML's formats before GGUF: `ggml`, `ggmf`, `ggjt` models and `ggla` adapters.

They do not say which architecture they hold, and each has its own header: we take the layout
under which the file ends exactly where its last tensor does.
Source: llama.cpp, `llama-util.h` and `convert.py` of June 2023; whisper.cpp, `convert-pt-to-ggml.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset
from hauberk.core.errors import Malformed, UnreadableAsset, Unsupported
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.ggml_types import block_type
from hauberk.formats.octets import Octets, Untrue
from hauberk.formats.signs import Signs

# The four letters stand in the file as a little-endian number, so backwards.
MAGICS = {b"lmgg": "ggml", b"fmgg": "ggmf", b"tjgg": "ggjt", b"algg": "ggla"}
# Bytes of a token or of a tensor's name.
MAX_NAME = 65_535
# Tokens of a vocabulary, and tensors of a model.
MAX_TOKENS = 2_000_000
MAX_TENSORS = 100_000
# Dimensions of a tensor. Source: GGML_MAX_DIMS.
MAX_DIMENSIONS = 4
# Alignment of tensors in ggjt and ggla files, bytes.
ALIGNMENT = 32


@dataclass(frozen=True, kw_only=True)
class GgmlModel(View):
    """A model in one of the layouts before GGUF."""

    magic: str
    layout: str
    tensors: int


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands before the tensors: numbers, mel filters (whisper), and a vocabulary."""

    name: str
    numbers: int
    vocabulary_at: int = 0
    has_filters: bool = False
    repeats_count: bool = False
    has_scores: bool = False
    alignment: int = 1


LAYOUTS = {
    "ggml": (
        Layout("whisper", 11, has_filters=True, repeats_count=True),
        Layout("llama", 7),
        Layout("gpt-2", 6, repeats_count=True),
        Layout("gpt-j", 7, repeats_count=True),
        Layout("gpt-neox", 8),
        Layout("mpt", 8, vocabulary_at=4),
    ),
    "ggmf": (Layout("llama", 7, has_scores=True),),
    "ggjt": (Layout("llama", 7, has_scores=True, alignment=ALIGNMENT),),
    "ggla": (Layout("adapter", 2, vocabulary_at=-1, alignment=ALIGNMENT),),
}


def claim(asset: Asset) -> Claim:
    """CERTAIN by the magic number."""
    return Claim.CERTAIN if asset.head[:4] in MAGICS else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The model's view, under the layout that fits."""
    magic = MAGICS.get(asset.head[:4])
    if magic is None:
        raise Malformed("begins with none of GGML's magic numbers", 0)
    untrue: Untrue | None = None
    error: UnreadableAsset | None = None
    for layout in LAYOUTS[magic]:
        try:
            tensors = _walk(Octets(asset.content, 4 if magic == "ggml" else 8), layout)
        except Untrue as lie:
            untrue = lie
        except UnreadableAsset as other:
            error = other
        else:
            yield GgmlModel(locator=asset.locator, magic=magic, layout=layout.name, tensors=tensors)
            return
    if untrue is not None and error is None:
        flaw = Flaw(FlawKind.LIES, str(untrue), untrue.offset)
        yield GgmlModel(locator=asset.locator, flaws=(flaw,), magic=magic, layout="", tensors=0)
        raise untrue
    raise Unsupported(f"a {magic} model of no known layout: {error}")


def _walk(octets: Octets, layout: Layout) -> int:
    """The number of tensors, if the file is of that layout to its very end."""
    numbers = [octets.u32() for _ in range(layout.numbers)]
    if layout.has_filters:
        mel, bins = octets.u32(), octets.u32()
        octets.skip(mel * bins * 4)
    if layout.vocabulary_at >= 0:
        count = octets.u32() if layout.repeats_count else numbers[layout.vocabulary_at]
        octets.expect(count * 4)
        if count > MAX_TOKENS:
            raise Untrue(f"claims {count} tokens", octets.at)
        for _ in range(count):
            octets.skip(_length(octets))
            octets.skip(4 * layout.has_scores)
    tensors = 0
    while octets.left:
        _tensor(octets, layout)
        tensors += 1
        if tensors > MAX_TENSORS:
            raise Malformed(f"has more than {MAX_TENSORS} tensors")
    return tensors


def _length(octets: Octets) -> int:
    length = octets.u32()
    if length > MAX_NAME:
        raise Untrue(f"claims a name of {length} bytes", octets.at - 4)
    return length


def _tensor(octets: Octets, layout: Layout) -> None:
    at, count, length, kind = octets.at, octets.u32(), _length(octets), octets.u32()
    if count > MAX_DIMENSIONS:
        raise Untrue(f"claims a tensor of {count} dimensions", at)
    known = block_type(kind)
    if known is None:
        raise Untrue(f"claims the unknown tensor type {kind}", at)
    dimensions = tuple(octets.u32() for _ in range(count))
    octets.skip(length)
    octets.skip(-octets.at % layout.alignment)
    size = known.size(dimensions)
    if size is None:
        raise Untrue("claims a shape that the tensor's type cannot have", at)
    octets.skip(size)


SIGNS = Signs(starts=(b"lmgg", b"fmgg", b"tjgg", b"algg"))
FORMAT = Format("ggml", "GGML model before GGUF", claim, read)
