"""Checkpoints: the size and root of a log, which it signs and can never take back.

Source: C2SP tlog-checkpoint.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from hauberk.attest.log.note import (
    ED25519,
    Note,
    NoteKey,
    NoteSigner,
    octets_of,
    read_note,
    sign_note,
    verify_note,
    whole_number,
)
from hauberk.attest.log.tiles import HASH_BYTES
from hauberk.attest.log.tree import EMPTY_ROOT
from hauberk.core.errors import Malformed, Refused, UsageError


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's name (`origin`), how many entries it has, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, signer: NoteSigner) -> Note:
    """The checkpoint as a note, signed. Raises UsageError for the key of a witness."""
    if signer.key.kind != ED25519:
        raise UsageError(f"the key of {signer.key.name} is a witness's, and a log needs one of its own")
    return sign_note(checkpoint.text(), [signer])


def checkpoint_of(note: Note) -> Checkpoint:
    """What a note says about a log. Raises Malformed. Lines after the third are nobody's claim."""
    lines = note.text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines):
        raise Malformed("no checkpoint: an origin, a size and a root, each on its line")
    found = Checkpoint(lines[0], whole_number(lines[1]), octets_of(lines[2], HASH_BYTES))
    if found.size == 0 and found.root != EMPTY_ROOT:
        raise Malformed("a checkpoint of no entries with the root of some")
    return found


def read_checkpoint(octets: bytes) -> Checkpoint:
    """The checkpoint in a note, whoever signed it. Raises Malformed."""
    return checkpoint_of(read_note(octets))


def signed_checkpoint(octets: bytes, key: NoteKey) -> Checkpoint:
    """The checkpoint in a note that the log's key signed.

    Raises Malformed, and Refused where the key did not sign or speaks for another log.
    """
    note = read_note(octets)
    if not verify_note(note, key):
        raise Refused(f"the checkpoint is not signed by the key of {key.name}")
    found = checkpoint_of(note)
    if found.origin != key.name:
        raise Refused(f"the key of {key.name} signed a checkpoint of the log {found.origin[:80]!r}")
    return found
