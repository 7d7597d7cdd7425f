"""gzip, bzip2, xz, LZMA, zlib, LZ4 and zstd streams: expanded in bounded memory, then examined.

joblib writes all of these around a pickle; tar archives and single files come in them too.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import cast

from hauberk.core.asset import MAX_DEPTH, Asset, Kind, Slice
from hauberk.core.errors import OverBudget, Unsupported
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.compressed_stream import Bomb, Codec, Decoder, Inflater, measure
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs

# Source: RFC 1952 section 2.3; method 8 is the only one there is.
GZIP = b"\x1f\x8b\x08"
# Source: bzip2 "file format" appendix: level digit, then pi, or sqrt(pi) in an empty stream.
BZIP2 = re.compile(rb"BZh[1-9](?:\x31\x41\x59\x26\x53\x59|\x17\x72\x45\x38\x50\x90)")
# Source: xz file format 1.2.1, section 2.1.1.1.
XZ = b"\xfd7zXZ\0"
# Source: LZ4 frame format 1.6.2, RFC 8878 section 3.1.1.
LZ4, ZSTD = b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd"
# The four usual zlib headers with a 32 KiB window. Source: RFC 1950 section 2.2.
ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
# LZMA alone: 13 bytes of header, then the range coder's zero byte. Source: xz/doc/lzma-file-format.txt.
LZMA_HEADER = 14
MAX_LZMA_SIZE = 1 << 38
# Bytes that an LZMA decoder may take: the largest preset (-9) needs 65 MiB.
MAX_DECODER_MEMORY = 128 << 20
# Bytes behind the stream that are looked at, and may be padding.
TRAILING_LOOK = 1 << 16
SUFFIXES = (".gz", ".bz2", ".xz", ".lzma", ".lz4", ".zst", ".zlib", ".z")
TAR_SUFFIXES = {".tgz": ".tar", ".tbz2": ".tar", ".tbz": ".tar", ".txz": ".tar", ".tzst": ".tar"}
PICKLE = re.compile(rb"\x80[\x02-\x05]")


@dataclass(frozen=True, kw_only=True)
class CompressedStream(View):
    """How the bytes are packed, and how many they are unpacked; None where that was not found out."""

    method: str
    expanded: int | None = None


def _starts(magic: bytes, asset: Asset) -> Claim:
    is_it = asset.head.startswith(magic) and asset.kind is not Kind.FOLDER
    return Claim.CERTAIN if is_it else Claim.NONE


def _is_bzip2(asset: Asset) -> Claim:
    is_it = asset.head.startswith(b"BZh") and BZIP2.match(asset.head)
    return Claim.CERTAIN if is_it else Claim.NONE


def _is_zlib(asset: Asset) -> Claim:
    """Two bytes prove nothing: CERTAIN where the first 4,096 inflate, too."""
    if not asset.head.startswith(ZLIB):
        return Claim.NONE
    state = zlib.decompressobj()
    try:
        out = state.decompress(asset.head, 1 << 16)
    except zlib.error:
        return Claim.NONE
    return Claim.CERTAIN if out or state.eof else Claim.NONE


def _is_lzma(asset: Asset) -> Claim:
    head = asset.head
    if not head.startswith(b"\x5d\0") or len(head) < LZMA_HEADER or head[LZMA_HEADER - 1]:
        return Claim.NONE
    dictionary = int.from_bytes(head[1:5], "little")
    size = int.from_bytes(head[5:13], "little")
    # liblzma takes only sizes of the form 2^n or 2^n + 2^(n-1).
    is_size = dictionary.bit_count() == 1 or (dictionary & dictionary >> 1) * 3 == dictionary
    is_it = is_size and (size == (1 << 64) - 1 or size < MAX_LZMA_SIZE)
    return Claim.CERTAIN if is_it else Claim.NONE


def _gzip() -> Codec:
    return Codec("gzip", lambda: Inflater(31), (zlib.error,), GZIP)


def _zlib() -> Codec:
    return Codec("zlib", lambda: Inflater(15), (zlib.error,))


def _bzip2() -> Codec:
    import bz2

    return Codec("bzip2", bz2.BZ2Decompressor, (OSError, ValueError), b"BZh")


def _xz() -> Codec:
    import lzma

    start = partial(lzma.LZMADecompressor, lzma.FORMAT_XZ, MAX_DECODER_MEMORY)
    return Codec("xz", start, (lzma.LZMAError, MemoryError), XZ)


def _lzma() -> Codec:
    import lzma

    start = partial(lzma.LZMADecompressor, lzma.FORMAT_ALONE, MAX_DECODER_MEMORY)
    return Codec("lzma", start, (lzma.LZMAError, MemoryError))


def _lz4() -> Codec:
    try:
        from lz4 import frame  # type: ignore[import-untyped]  # the package has no types
    except ImportError as error:
        raise Unsupported("is an LZ4 frame; the package lz4 is not installed") from error
    start = cast(Callable[[], Decoder], frame.LZ4FrameDecompressor)
    return Codec("lz4", start, (RuntimeError, ValueError, EOFError, MemoryError), LZ4)


def _zstd() -> Codec:
    try:
        from compression import zstd  # type: ignore[import-not-found]  # from Python 3.14 on
    except ImportError as error:
        raise Unsupported("is a zstd frame, which needs Python 3.14 to be examined") from error
    start = cast(Callable[[], Decoder], zstd.ZstdDecompressor)
    return Codec("zstd", start, (zstd.ZstdError, ValueError, MemoryError), ZSTD)


def _read(codec_of: Callable[[], Codec], asset: Asset) -> Iterator[Reading]:
    """The stream's view and its expanded content; that of a bomb is not examined further."""
    codec = codec_of()
    content = asset.content
    try:
        measured = measure(content, codec)
    except Bomb as error:
        flaw = Flaw(FlawKind.BOMB, str(error))
        yield CompressedStream(locator=asset.locator, flaws=(flaw,), method=codec.name)
        raise OverBudget(str(error)) from error
    flaws = (*_too_deep(asset), *_trailing(asset, measured.ended_at))
    yield CompressedStream(
        locator=asset.locator, flaws=flaws, method=codec.name, expanded=measured.content.size
    )
    if any(each.kind is FlawKind.HIDDEN for each in flaws):
        rest = Slice(content, measured.ended_at, content.size - measured.ended_at)
        yield asset.inner("(behind the stream)", rest)
    if measured.content.size:
        hint = "pickle" if PICKLE.match(measured.content.read(0, 2)) else ""
        yield asset.inner(inner_name(asset.name), measured.content, hint)
    if measured.broken:
        raise measured.broken


def _too_deep(asset: Asset) -> Iterator[Flaw]:
    if asset.depth >= MAX_DEPTH:
        yield Flaw(FlawKind.DEEP, f"streams nest more than {MAX_DEPTH} deep")


def _trailing(asset: Asset, at: int) -> Iterator[Flaw]:
    if asset.content.read(at, TRAILING_LOOK).strip(b"\0"):
        message = f"{asset.content.size - at} bytes follow the compressed stream"
        yield Flaw(FlawKind.HIDDEN, message, at)


def inner_name(name: str) -> str:
    """What the expanded file is called: without the suffix that named its compression."""
    stem, dot, suffix = name.rpartition(".")
    lower = dot + suffix.lower()
    if not stem:
        return name
    if lower in TAR_SUFFIXES:
        return stem + TAR_SUFFIXES[lower]
    return stem if lower in SUFFIXES else name


def _format(name: str, title: str, claim: Callable[[Asset], Claim], codec: Callable[[], Codec]) -> Format:
    def read(asset: Asset) -> Iterable[Reading]:
        return _read(codec, asset)

    return Format(name, title, claim, read)


SIGNS = Signs(
    starts=(
        b"\x1f\x8b\x08",
        b"BZh",
        b"\xfd7zXZ\0",
        b"\x5d\0",
        b"\x78",
        b"\x04\x22\x4d\x18",
        b"\x28\xb5\x2f\xfd",
    )
)
FORMATS = (
    _format("gzip", "gzip stream", partial(_starts, GZIP), _gzip),
    _format("bzip2", "bzip2 stream", _is_bzip2, _bzip2),
    _format("xz", "xz stream", partial(_starts, XZ), _xz),
    _format("lzma", "LZMA stream", _is_lzma, _lzma),
    _format("zlib", "zlib stream", _is_zlib, _zlib),
    _format("lz4", "LZ4 frame", partial(_starts, LZ4), _lz4),
    _format("zstd", "zstd frame", partial(_starts, ZSTD), _zstd),
)
