"""OpenVINO models: the layers of an IR (`.xml`), however deep, and what they take from the `.bin` beside it.

Source: OpenVINO documentation, "OpenVINO IR format", IR version 11.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import prod

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import UnreadableAsset
from hauberk.core.view import FlawKind
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.graph import Framework, Operator, Sketch
from hauberk.formats.signs import Signs
from hauberk.formats.xml_document import Document, Events

# The root element, after a declaration, comments and white space.
ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?[^>]*\?>\s*|<!--[\s\S]*?-->\s*|<!DOCTYPE[^>\[]*(?:\[[\s\S]*?\]\s*)?>\s*)*<net\b"
)
# Bits of an element by element type; strings have no fixed size.
BITS = {
    "f64": 64, "f32": 32, "f16": 16, "bf16": 16, "f8e4m3": 8, "f8e5m2": 8, "f8e8m0": 8, "f4e2m1": 4, "nf4": 4,
    "i64": 64, "i32": 32, "i16": 16, "i8": 8, "i4": 4, "u64": 64, "u32": 32, "u16": 16, "u8": 8, "u6": 6,
    "u4": 4,
    "u3": 3, "u2": 2, "u1": 1, "boolean": 8,
}  # fmt: skip
NUMBER = re.compile(r"\d{1,19}")


def claim(asset: Asset) -> Claim:
    """CERTAIN by the root element `net`."""
    if asset.kind is Kind.FOLDER or b"<net" not in asset.head[:2048]:
        return Claim.NONE
    return Claim.CERTAIN if ROOT.match(asset.head) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The model's view."""
    sketch = Sketch(asset.locator, Framework.OPENVINO)
    layers = _Layers(sketch)
    document = Document(asset, Events(layers.start))
    failed: UnreadableAsset | None = None
    try:
        document.read()
    except UnreadableAsset as error:
        failed = error
    sketch.flaws += document.flaws
    yield sketch.drawn()
    if failed is not None:
        raise failed
    yield from sketch.companions()


class _Layers:
    """The layers of an IR while its elements come."""

    def __init__(self, sketch: Sketch) -> None:
        self._sketch = sketch
        self._type = ""
        # The one name that OpenVINO looks for by itself.
        self._weights = f"{sketch.locator.rpartition('!')[2].rpartition('/')[2].removesuffix('.xml')}.bin"

    def start(self, name: str, attributes: Mapping[str, str], _level: int) -> None:
        """Note a layer, or what a constant takes from the weights."""
        if name == "layer":
            self._type = attributes.get("type", "")
            self._sketch.operator(Operator(self._type, attributes.get("version", ""), "net"))
        elif name == "data" and self._type == "Const":
            self._constant(attributes)

    def _constant(self, attributes: Mapping[str, str]) -> None:
        offset, size = attributes.get("offset", "0"), attributes.get("size", "0")
        if not (NUMBER.fullmatch(offset) and NUMBER.fullmatch(size)):
            said = f"a constant takes {size[:30]!r} bytes at {offset[:30]!r}"
            self._sketch.flaw(FlawKind.LIES, said)
            return
        bits = BITS.get(attributes.get("element_type", ""))
        shape = [each.strip() for each in attributes.get("shape", "").split(",") if each.strip()]
        if bits is None or not all(map(NUMBER.fullmatch, shape)):
            return
        self._sketch.takes(self._weights, int(offset), int(size))
        wanted = (prod(map(int, shape)) * bits + 7) // 8
        # One value may stand for all: constants of equal elements are written once.
        if int(size) not in (wanted, (bits + 7) // 8) and bits >= 8:
            said = f"a constant takes {size} bytes; its shape {', '.join(shape[:8])} takes {wanted}"
            self._sketch.flaw(FlawKind.LIES, said)


SIGNS = Signs(holds=(b"<net",))
FORMAT = Format("openvino", "OpenVINO model", claim, read)
