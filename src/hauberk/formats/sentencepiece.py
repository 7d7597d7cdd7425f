"""SentencePiece vocabularies (`tokenizer.model`, `spiece.model`): pieces with their scores, no code.

Source: google/sentencepiece, `src/sentencepiece_model.proto`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.octets import Octets
from hauberk.formats.signs import Signs

# Pieces of one vocabulary: the largest has 256,000.
MAX_PIECES = 2_000_000
# Bytes of a piece, and of the settings and precompiled tables behind the pieces.
MAX_PIECE, MAX_FIELD = 1 << 16, 64 << 20
# Fields of ModelProto: pieces, trainer, normaliser, self-test and denormaliser; 200 and up are extensions.
FIELDS = frozenset({1, 2, 3, 4, 5})


@dataclass(frozen=True, kw_only=True)
class SentencePieceModel(View):
    """A vocabulary of so many pieces."""

    pieces: int


def claim(asset: Asset) -> Claim:
    """LIKELY where the head is a piece with its score; others' protobufs begin differently."""
    head = asset.head
    if asset.kind is Kind.FOLDER or head[:1] != b"\n" or len(head) < 12 or head[2:3] != b"\n":
        return Claim.NONE
    # A piece: its text (field 1), then its score, a float (field 2).
    score = 4 + head[3]
    return Claim.LIKELY if head[score : score + 1] == b"\x15" and head[1] >= head[3] + 7 else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The vocabulary's view."""
    octets = Octets(asset.content)
    pieces = 0
    while octets.left > 0:
        key = _varint(octets)
        if key & 7 != 2 or (key >> 3 not in FIELDS and key >> 3 < 200):
            raise Malformed(f"field {key >> 3} is none of a vocabulary's", octets.at)
        size = _varint(octets)
        if size > (MAX_PIECE if key >> 3 == 1 else MAX_FIELD):
            raise Malformed(f"field {key >> 3} of {size} bytes is too long", octets.at)
        octets.skip(size)
        pieces += key >> 3 == 1
        if pieces > MAX_PIECES:
            raise Malformed(f"more than {MAX_PIECES} pieces")
    yield SentencePieceModel(locator=asset.locator, pieces=pieces)


def _varint(octets: Octets) -> int:
    value = shift = 0
    while shift < 64:
        byte = octets.u8()
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
        shift += 7
    raise Malformed("a number of more than 64 bits", octets.at)


SIGNS = Signs(at=((2, b"\n"),))
FORMAT = Format("sentencepiece", "SentencePiece vocabulary", claim, read)
