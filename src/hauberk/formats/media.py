"""Images, sound, video, fonts, documents and databases: recognised by magic number, and not judged.

Source: the formats' specifications; file(1), magic database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.text import MODEL_NAMES

STARTS = {
    b"\x89PNG\r\n\x1a\n": "image", b"\xff\xd8\xff": "image", b"GIF87a": "image", b"GIF89a": "image",
    b"II*\0": "image", b"MM\0*": "image", b"II+\0": "image", b"MM\0+": "image", b"8BPS\0": "image",
    b"\0\0\1\0\1\0": "image", b"\0\0\1\0\2\0": "image", b"\0\0\1\0\3\0": "image", b"\0\0\1\0\4\0": "image",
    b"\0\0\1\0\5\0": "image", b"\0\0\1\0\6\0": "image", b"\0\0\1\0\7\0": "image",
    b"\0\0\2\0\1\0": "image", b"v/1\1": "image", b"#?RADIANCE": "image", b"\xffO\xffQ": "image",
    b"\0\0\0\x0cjP  \r\n\x87\n": "image", b"\xff\x0a": "image", b"gimp xcf": "image", b"qoif": "image",
    b"P4\n": "image", b"P5\n": "image", b"P6\n": "image", b"P5 ": "image", b"P6 ": "image",
    b"DDS ": "image", b"\xabKTX ": "image",
    b"OggS\0": "sound", b"fLaC": "sound", b"ID3\2": "sound", b"ID3\3": "sound", b"ID3\4": "sound",
    b"MThd\0\0\0\6": "sound", b".snd\0\0\0": "sound", b"#!AMR": "sound", b"\xff\xfb": "sound",
    b"\xff\xf3": "sound", b"\xff\xf2": "sound", b"\xff\xf1": "sound", b"\xff\xf9": "sound",
    b"wvpk": "sound", b"NIST_1A": "sound",
    b"\x1aE\xdf\xa3": "video", b"\0\0\1\xba": "video", b"\0\0\1\xb3": "video", b"FLV\1": "video",
    b"OTTO\0": "font", b"\0\1\0\0\0": "font", b"true\0": "font", b"ttcf\0": "font", b"wOFF": "font",
    b"wOF2": "font", b"StartFontMetrics": "font", b"%!PS-AdobeFont": "font",
    b"%PDF-": "document", b"%!PS": "document", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "document",
    b"{\\rtf1": "document", b"AT&TFORM": "document", b"\xf7\x02": "document",
    b"SQLite format 3\0": "database", b"MATLAB 5.0 MAT-file": "array", b"CDF\1": "array", b"CDF\2": "array",
    b"CDF\5": "array", b"SIMPLE  =": "array", b"$FL2": "table", b"$FL3": "table", b"<stata_dta>": "table",
    b"\x0c\xdb:*": "array", b"\x0c\xdb \xde": "array", b"SR\0\4": "array",
    b"HEADER RECORD*******": "table", b"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60": "table",
    b"TZif": "time zone", b"\xde\x12\4\x95": "catalogue", b"\x95\4\x12\xde": "catalogue",
    b"\0\0\0\1Bud1": "folder settings", b"DIRC\0\0\0": "git", b"PACK\0\0\0": "git", b"\xfftOc": "git",
    b"L\0\0\0\1\x14\2\0": "shortcut", b"bplist00": "settings",
}  # fmt: skip
MAGICS = tuple(STARTS)
# Two bytes are chance: these are media only with the ending that goes with them.
SHORT = {
    b"\xff\x0a": (".jxl",),
    b"\xff\xfb": (".mp3",),
    b"\xff\xf3": (".mp3",),
    b"\xff\xf2": (".mp3",),
    b"\xff\xf1": (".aac",),
    b"\xff\xf9": (".aac",),
    b"\xf7\x02": (".dvi",),
    b"\0\1\0\0\0": (".ttf", ".otf", ".tff"),
}
# Magic numbers that stand further in, and where.
LATER = (
    (4, b"ftyp", "video"), (8, b"WEBP", "image"), (8, b"WAVE", "sound"), (8, b"AVI ", "video"),
    (8, b"AIFF", "sound"), (8, b"AIFC", "sound"), (36, b"acsp", "colour profile"), (128, b"DICM", "image"),
    (344, b"n+1\0", "array"), (344, b"ni1\0", "array"), (4, b"moov", "video"), (4, b"mdat", "video"),
    (8, b"ACON", "image"), (8, b"sfbk", "sound"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class MediaFile(View):
    """Something to look at, listen to or look up, that no model loader runs."""

    media: str


def claim(asset: Asset) -> Claim:
    """CERTAIN by the magic number; a name that promises a model lets readers of models look too."""
    if asset.kind is Kind.FOLDER or not _media(asset):
        return Claim.NONE
    return Claim.NAME if asset.name.lower().endswith(MODEL_NAMES) else Claim.CERTAIN


def _media(asset: Asset) -> str:
    head = asset.head
    if head.startswith(MAGICS):
        start = next(each for each in MAGICS if head.startswith(each))
        if start not in SHORT or asset.name.lower().endswith(SHORT[start]):
            return STARTS[start]
    if head.startswith(b"BM") and int.from_bytes(head[2:6], "little") == asset.content.size:
        return "image"
    for offset, magic, kind in LATER:
        if head.startswith(magic, offset):
            return kind
    return ""


def read(asset: Asset) -> Iterator[Reading]:
    """The file's view; its bytes are not decoded."""
    yield MediaFile(locator=asset.locator, media=_media(asset))


FORMAT = Format("media", "image, sound, document or database", claim, read)
