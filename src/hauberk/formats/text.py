"""Plain text: source code, markdown, tables, logs, licences; the floor below all other formats.

It claims by name only, so that every format which knows more reads the file as well.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format, Reading

# Bytes of text that a view keeps: people write less, and generated tables are looked at from their start.
MAX_TEXT = 1 << 20
# Control characters that text has none of; tab to carriage return, backspace and escape it may have.
CONTROLS = bytes(set(range(32)) - {7, 8, 9, 10, 11, 12, 13, 26, 27})
HIGH_BYTES = bytes(range(128, 256))
# Text of an old 8-bit encoding is still mostly ASCII; compressed or numeric bytes are half high.
MAX_HIGH_SHARE = 0.3
# Endings of text in whatever encoding.
TEXT_NAMES = (".txt", ".md", ".rst", ".csv", ".tsv", ".log", ".html", ".htm", ".xml", ".srt", ".po", ".tex")
# Endings that promise a model or its settings; an empty one of these is an accident, or a lost download.
MODEL_NAMES = (
    ".safetensors", ".gguf", ".ggml", ".onnx", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".bin",
    ".h5", ".hdf5", ".keras", ".pb", ".tflite", ".npy", ".npz", ".json", ".msgpack", ".model", ".skops",
    ".mlmodel", ".nemo", ".mar", ".pt2", ".ptl", ".cbm", ".ubj", ".dill", ".weights", ".llamafile", ".rds",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TextDocument(View):
    """Text that people or programs wrote; `text` is at most its first `MAX_TEXT` bytes."""

    name: str
    text: str


def claim(asset: Asset) -> Claim:
    """NAME where head and tail read as text; LIKELY for an empty file, which is nothing else."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if not asset.content.size:
        return Claim.LIKELY
    is_prose = asset.name.lower().endswith(TEXT_NAMES)
    if not is_text(asset.head, is_prose):
        return Claim.NONE
    return Claim.NAME if asset.content.size <= 4096 or is_text(asset.tail, is_prose) else Claim.NONE


def is_text(octets: bytes, is_prose: bool = False) -> bool:
    """Whether the bytes read as text of some encoding; `is_prose` says that the name promises so."""
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if len(octets.translate(None, CONTROLS)) != len(octets):
        # A rare form feed of another kind stands in honest tables, NUL does not.
        return 0 not in octets and is_prose and _is_utf8(octets)
    if octets.isascii() or _is_utf8(octets):
        return True
    high = len(octets) - len(octets.translate(None, HIGH_BYTES))
    return is_prose or high <= MAX_HIGH_SHARE * len(octets)


def _is_utf8(octets: bytes) -> bool:
    try:
        # A character may be cut at either end of the window.
        codecs.getincrementaldecoder("utf-8")().decode(octets.lstrip(bytes(range(128, 192))))
    except UnicodeDecodeError:
        return False
    return True


def decoded(octets: bytes) -> str:
    """The text, with what is undecodable replaced."""
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return octets.decode("utf-16", "replace")
    return octets.decode("utf-8-sig", "replace")


def read(asset: Asset) -> Iterator[Reading]:
    """The text's view. Raises Malformed for an empty file that promises a model."""
    if not asset.content.size and asset.name.lower().endswith(MODEL_NAMES):
        raise Malformed("is empty")
    text = decoded(asset.content.read(0, MAX_TEXT))
    yield TextDocument(locator=asset.locator, name=asset.name, text=text)


FORMAT = Format("text", "text", claim, read)
