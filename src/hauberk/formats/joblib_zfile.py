"""joblib's own compressed files of before 0.10: `ZF`, the length in hex, a zlib stream.

Source: joblib/numpy_pickle_compat.py, `read_zfile`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from hauberk.core.asset import Asset, Kind, Slice
from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.view import Flaw, FlawKind
from hauberk.formats.compressed import CompressedStream
from hauberk.formats.compressed_stream import Bomb, Codec, Inflater, measure
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs

# The length is padded to the 19 characters of hex(2**64); Python 2 added an L, and then a space less.
HEADER = re.compile(rb"ZF(0x[0-9a-f]{1,16})L? *")
HEADER_SIZES = (21, 22)
# Arrays lie beside the pickle in files of this name: raw numbers, nothing to examine.
ARRAY_SUFFIX = ".npy.z"


def claim(asset: Asset) -> Claim:
    """CERTAIN where `ZF0x` is followed by a length and a zlib stream."""
    if not asset.head.startswith(b"ZF0x") or asset.kind is Kind.FOLDER:
        return Claim.NONE
    return Claim.CERTAIN if HEADER.match(asset.head) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The stream's view and the pickle in it."""
    header = HEADER.match(asset.head[: max(HEADER_SIZES)])
    if header is None:
        raise Malformed("names no length after ZF", 0)
    claimed = int(header[1], 16)
    start = next((at for at in HEADER_SIZES if asset.head[at : at + 1] == b"\x78"), HEADER_SIZES[0])
    stream = Slice(asset.content, start, max(0, asset.content.size - start))
    try:
        measured = measure(stream, Codec("zlib", lambda: Inflater(15), (zlib.error,)))
    except Bomb as error:
        flaw = Flaw(FlawKind.BOMB, str(error))
        yield CompressedStream(locator=asset.locator, flaws=(flaw,), method="joblib")
        raise OverBudget(str(error)) from error
    flaws = []
    if measured.content.size != claimed and not measured.broken:
        message = f"claims {claimed} bytes, but expands to {measured.content.size}"
        flaws.append(Flaw(FlawKind.LIES, message, 2))
    if stream.read(measured.ended_at, 1 << 16).strip(b"\0"):
        flaws.append(Flaw(FlawKind.HIDDEN, "bytes follow the compressed stream", start + measured.ended_at))
    yield CompressedStream(
        locator=asset.locator, flaws=tuple(flaws), method="joblib", expanded=measured.content.size
    )
    if not asset.name.endswith(ARRAY_SUFFIX):
        yield asset.inner(asset.name.removesuffix(".z"), measured.content, "pickle")
    if measured.broken:
        raise measured.broken


SIGNS = Signs(starts=(b"ZF0x",))
FORMAT = Format("joblib-zfile", "joblib file of before 0.10", claim, read)
