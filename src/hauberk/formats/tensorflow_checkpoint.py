"""TensorFlow checkpoints: an index of tensors and their raw numbers; neither can hold code.

Source: tensorflow/core/util/tensor_bundle/tensor_bundle.h; tensorflow/core/lib/io/format.h (the table's
    footer).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.protobuf import varint
from hauberk.formats.signs import Signs

# The last 8 bytes of a table. Source: format.h, kTableMagicNumber.
MAGIC = 0xDB4775248B80FB57.to_bytes(8, "little")
# The footer: two handles (offset, size) of at most 10 bytes a number, padded to 40, and the magic.
FOOTER = 48
# After each block: a byte for its compression, and a checksum.
BLOCK_TRAILER = 5
SHARD = re.compile(r".+\.data-\d{5}-of-\d{5}")


@dataclass(frozen=True, kw_only=True)
class TensorBundle(View):
    """The index of a checkpoint, or one of its shards of raw numbers."""

    is_index: bool


def claim_index(asset: Asset) -> Claim:
    """CERTAIN by the footer's magic number and the suffix; LIKELY by the magic alone."""
    if asset.kind is Kind.FOLDER or asset.tail[-8:] != MAGIC:
        return Claim.NONE
    return Claim.CERTAIN if asset.name.endswith(".index") else Claim.LIKELY


def claim_shard(asset: Asset) -> Claim:
    """NAME by the suffix: the numbers have no magic."""
    if asset.kind is not Kind.FOLDER and ".data-" in asset.name and SHARD.fullmatch(asset.name):
        return Claim.NAME
    return Claim.NONE


def read_index(asset: Asset) -> Iterator[Reading]:
    """The view of an index; its blocks must be inside the file."""
    size = asset.content.size
    footer = asset.content.read(max(0, size - FOOTER), FOOTER)
    if len(footer) < FOOTER or not footer.endswith(MAGIC):
        raise Malformed("ends without a table's footer", max(0, size - FOOTER))
    at, flaws = 0, []
    for block in ("metadata", "index"):
        start, at = varint(footer, at, FOOTER - 8)
        length, at = varint(footer, at, FOOTER - 8)
        if start + length + BLOCK_TRAILER > size - FOOTER:
            said = f"the {block} block claims {length} bytes at {start} of {size}"
            flaws.append(Flaw(FlawKind.LIES, said, size - FOOTER))
    yield TensorBundle(locator=asset.locator, flaws=tuple(flaws), is_index=True)


def read_shard(asset: Asset) -> Iterator[Reading]:
    """The view of a shard."""
    yield TensorBundle(locator=asset.locator, is_index=False)


SIGNS = Signs(tail=(b"\x57\xfb\x80\x8b\x24\x75\x47\xdb",), names=(".data-",))
FORMATS = (
    Format("tensorflow-checkpoint-index", "index of a TensorFlow checkpoint", claim_index, read_index),
    Format("tensorflow-checkpoint-shard", "numbers of a TensorFlow checkpoint", claim_shard, read_shard),
)
