"""Archives that Hauberk does not open: 7z, RAR, cab, compress, Apple disk images.

No model library loads any of them, so a model that comes in one asks the user to unpack it first,
past every scanner; one that is named like a model file pretends. That is how the first malicious
models of the hub were hidden (ReversingLabs, "nullifAI", 2025).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Unsupported
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs

# Sources: 7zFormat.txt; RAR 5.0 technote; MS-CAB 2.1; compress(1).
MAGIC = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07\x00": "RAR",
    b"Rar!\x1a\x07\x01\x00": "RAR",
    b"MSCF\0\0\0\0": "cabinet",
    b"\x1f\x9d\x90": "compress",
}
STARTS = tuple(MAGIC)
# An Apple disk image ends with a block of 512 bytes that starts with this, version 4, length 512.
DISK_IMAGE, DISK_IMAGE_BLOCK = b"koly\0\0\0\x04\0\0\x02\0", 512
MODEL_SUFFIXES = (
    ".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".joblib", ".model", ".h5", ".keras", ".onnx",
    ".safetensors", ".gguf", ".npy", ".npz", ".pb", ".tflite", ".mar", ".nemo", ".skops", ".pt2", ".pte",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OpaqueArchive(View):
    """The kind of archive; `is_misnamed` if its name says that it is a model."""

    kind: str
    is_misnamed: bool


def claim(asset: Asset) -> Claim:
    """CERTAIN by magic number."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    is_it = asset.head.startswith(STARTS) or asset.tail.startswith(
        DISK_IMAGE, len(asset.tail) - DISK_IMAGE_BLOCK
    )
    return Claim.CERTAIN if is_it else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The view; then always Unsupported."""
    kind = next((MAGIC[magic] for magic in STARTS if asset.head.startswith(magic)), "Apple disk image")
    yield OpaqueArchive(
        locator=asset.locator, kind=kind, is_misnamed=asset.name.lower().endswith(MODEL_SUFFIXES)
    )
    raise Unsupported(f"is a {kind} archive, which is not opened; unpack it and scan what it holds")


SIGNS = Signs(starts=(b"7z\xbc\xaf", b"Rar!", b"MSCF", b"\x1f\x9d\x90"), tail=(b"koly\0\0\0\x04",))
FORMAT = Format("opaque-archive", "archive that is not opened", claim, read)
