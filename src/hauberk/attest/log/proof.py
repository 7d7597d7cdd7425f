"""Proofs: that an entry is in a log, and that a log only grew. Nothing here reads or writes.

Source: RFC 9162, sections 2.1.3.2 and 2.1.4.2; C2SP tlog-proof for the text.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from hauberk.attest.log.checkpoint import Checkpoint
from hauberk.attest.log.note import octets_of, whole_number
from hauberk.attest.log.tiles import HASH_BYTES
from hauberk.attest.log.tree import leaf_hash, node_hash
from hauberk.core.errors import Malformed, Refused

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 64  # of a proof: a tree of 2^63 entries has no more levels
MAX_PROOF = 1 << 20  # bytes of text


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry's index, the hashes from its sibling up to the root, and the checkpoint with that root."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str


def verify_inclusion(entry: bytes, index: int, hashes: Sequence[bytes], checkpoint: Checkpoint) -> None:
    """Raises Refused unless the entry stands at `index` in the tree of the checkpoint."""
    if not 0 <= index < checkpoint.size:
        raise Refused(f"entry {index} of a log of {checkpoint.size}")
    _refuse_lengths(hashes)
    place, last, found = index, checkpoint.size - 1, leaf_hash(entry)
    for each in hashes:
        if last == 0:
            raise Refused(f"the proof of entry {index} has hashes above the root")
        if place & 1 or place == last:
            found = node_hash(each, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    if last:
        raise Refused(f"the proof of entry {index} ends below the root")
    if found != checkpoint.root:
        raise Refused(f"entry {index} is not in the tree of the checkpoint over {checkpoint.size} entries")


def verify_consistency(old: Checkpoint, new: Checkpoint, hashes: Sequence[bytes]) -> None:
    """Raises Refused unless the new tree is the old one with entries added after its last."""
    _refuse_lengths(hashes)
    if old.size > new.size:
        raise Refused(f"the log had {old.size} entries, and has {new.size} now")
    if old.size == 0 or old.size == new.size:
        if hashes:
            raise Refused("a proof with hashes where none are needed")
        if old.size == new.size and old.root != new.root:
            raise Refused(f"two different trees of {new.size} entries: the log was forked")
        return
    _refuse_rewritten(old, new, list(hashes))


def _refuse_rewritten(old: Checkpoint, new: Checkpoint, path: list[bytes]) -> None:
    if old.size & (old.size - 1) == 0:
        path.insert(0, old.root)  # the old tree is a node of the new one, and its hash is known
    if not path:
        raise Refused("a proof of consistency without hashes")
    place, last = old.size - 1, new.size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for each in path[1:]:
        if last == 0:
            raise Refused("a proof of consistency with hashes above the root")
        if place & 1 or place == last:
            before, after = node_hash(each, before), node_hash(each, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, each)
        place, last = place >> 1, last >> 1
    if last:
        raise Refused("a proof of consistency that ends below the root")
    if before != old.root:
        raise Refused(f"the proof leads to another tree of {old.size} entries than the one that was seen")
    if after != new.root:
        raise Refused(f"the first {old.size} entries were rewritten: the log was forked")


def _refuse_lengths(hashes: Sequence[bytes]) -> None:
    if len(hashes) > MAX_HASHES or any(len(each) != HASH_BYTES for each in hashes):
        raise Refused("a proof is at most 64 hashes of 32 bytes each")


def proof_text(proof: Proof) -> str:
    """The proof as text (C2SP tlog-proof)."""
    hashes = "".join(base64.b64encode(each).decode() + "\n" for each in proof.hashes)
    return f"{HEADER}\nindex {proof.index}\n{hashes}\n{proof.checkpoint}"


def read_proof(octets: bytes) -> Proof:
    """The proof in a text. Raises Malformed; that it holds is verify_inclusion's to say."""
    if len(octets) > MAX_PROOF:
        raise Malformed(f"{len(octets)} bytes are no proof")
    try:
        head, empty, checkpoint = octets.decode("utf-8").partition("\n\n")
    except UnicodeError as error:
        raise Malformed("a proof that is not UTF-8") from error
    lines = head.split("\n")
    if len(lines) > 1 and lines[1].startswith("extra "):
        del lines[1]  # opaque, and nothing vouches for it
    if not empty or lines[0] != HEADER or len(lines) < 2 or not lines[1].startswith("index "):
        raise Malformed(f"no proof of the form {HEADER}")
    if len(lines) - 2 > MAX_HASHES:
        raise Malformed(f"a proof of {len(lines) - 2} hashes")
    return Proof(
        whole_number(lines[1].removeprefix("index ")),
        tuple(octets_of(each, HASH_BYTES) for each in lines[2:]),
        checkpoint,
    )
