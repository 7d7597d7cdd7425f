"""zip: every member by its directory entry and its local header, and whatever contradicts them.

torch, Keras 3, numpy (.npz), skops, TorchServe and wheels are zips. Nothing is extracted: stored
members are slices of the archive, compressed ones are expanded as they are read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import MAX_DEPTH, Asset, Kind, Slice
from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.finding import Place
from hauberk.core.gap import Gap
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats import torch_archive, torchserve
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs
from hauberk.formats.zip_archive_directory import (
    END,
    END64_SIZE,
    END_REACH,
    END_SIZE,
    ENTRY,
    LOCAL,
    LOCATOR64_SIZE,
    find_end,
    read_directory,
)
from hauberk.formats.zip_archive_members import OpenedZip, ZipMember, open_zip

# A split archive's first disk starts with this; writers that ended up with one disk leave it.
SPANNED = b"PK\x07\x08PK\x03\x04"
# Formats that may honestly have a zip behind them, by what they start with and where.
# Source: TensorFlow Lite metadata, "associated files are packed as a zip behind the model".
TFLITE_MAGIC, TFLITE_MAGIC_AT = b"TFL3", 4
# A tar that ends with a zip is read as a tar; its reader accounts for every byte.
TAR_MAGIC, TAR_MAGIC_AT = b"ustar", 257
# torch.distributed.checkpoint writes one zip behind the other into one file.
CHAINED_SUFFIX = ".distcp"
MAX_CHAINED = 10_000


@dataclass(frozen=True, kw_only=True)
class ZipArchive(View):
    """The members of a zip, in directory order; `is_torch` if it holds a torch pickle."""

    members: tuple[ZipMember, ...]
    is_torch: bool = False


def claim(asset: Asset) -> Claim:
    """CERTAIN where the file starts as a zip, or ends as one behind something else."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    head = asset.head
    if head.startswith((LOCAL, END, SPANNED)):
        return Claim.CERTAIN
    if asset.tail.rfind(END) >= 0 or (asset.kind is Kind.FILE and _ends_far(asset)):
        return _claim_behind(asset)
    return Claim.NONE


def _ends_far(asset: Asset) -> bool:
    """A comment of more than 4,000 bytes can push the end record out of the tail."""
    if asset.content.size <= len(asset.tail):
        return False
    reach = max(0, asset.content.size - END_REACH)
    return asset.content.read(reach, END_REACH).rfind(END) >= 0


def _claim_behind(asset: Asset) -> Claim:
    """A zip behind other bytes; only LIKELY if more bytes follow, as where a pickle holds a zip."""
    if asset.head.startswith(TAR_MAGIC, TAR_MAGIC_AT):
        return Claim.NONE
    size = asset.content.size
    tail = asset.content.read(max(0, size - END_REACH), END_REACH)
    at = find_end(tail)
    if at < 0:
        return Claim.NONE
    length, offset, comment = struct.unpack_from("<2LH", tail, at + 12)
    end = size - len(tail) + at
    starts = (end - length, end - length - LOCATOR64_SIZE - END64_SIZE, offset)
    # Chance hits in weights have no directory before them.
    if length and not any(each >= 0 and asset.content.read(each, 4) == ENTRY for each in starts):
        return Claim.NONE
    return Claim.CERTAIN if at + END_SIZE + comment >= len(tail) else Claim.LIKELY


def read(asset: Asset) -> Iterator[Reading]:
    """The archive's view, what is special about its kind, and its members."""
    if asset.name.endswith(CHAINED_SUFFIX):
        yield from _chained(asset)
        return
    opened = open_zip(asset.content)
    flaws = [*opened.flaws, *_flaws_before(asset, opened)]
    if asset.depth >= MAX_DEPTH and opened.members:
        flaws.append(Flaw(FlawKind.DEEP, f"archives nest more than {MAX_DEPTH} deep"))
    layout = torch_archive.layout_of(opened)
    flaws += torch_archive.flaws(opened, layout)
    yield ZipArchive(
        locator=asset.locator, flaws=tuple(flaws), members=opened.members, is_torch=layout.is_torch
    )
    for gap in opened.gaps:
        yield Gap(Place(f"{asset.locator}!{gap.name}"), gap.reason, gap.message, gap.remedy)
    yield from torch_archive.readings(asset, opened, layout)
    yield from _before(asset, opened)
    yield from torchserve.readings(asset, opened)
    if opened.broken:
        raise opened.broken


def _flaws_before(asset: Asset, opened: OpenedZip) -> Iterator[Flaw]:
    if opened.before and not _is_tflite(asset):
        message = f"{opened.before} bytes stand before the archive: readers that start there see another file"
        yield Flaw(FlawKind.DISAGREES, message, 0)


def _is_tflite(asset: Asset) -> bool:
    return asset.head.startswith(TFLITE_MAGIC, TFLITE_MAGIC_AT)


def _before(asset: Asset, opened: OpenedZip) -> Iterator[Asset]:
    """What stands before the archive, to be examined by itself."""
    if opened.before and not _is_tflite(asset):
        yield asset.inner("(before the archive)", opened.prefix)


def _chained(asset: Asset) -> Iterator[Asset]:
    """Every archive of a chain, the last first, and what stands before them if that is none."""
    end = asset.content.size
    for part in range(MAX_CHAINED):
        rest = Slice(asset.content, 0, end)
        try:
            start = max(0, read_directory(rest).base)
        except Malformed:
            start = 0
        yield asset.inner(f"(archive {part} from the end)", Slice(asset.content, start, end - start))
        if not start:
            return
        end = start
    raise OverBudget(f"is a chain of more than {MAX_CHAINED} archives")


SIGNS = Signs(starts=(b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"), far=(b"PK\x05\x06",))
FORMAT = Format("zip", "zip archive", claim, read)
