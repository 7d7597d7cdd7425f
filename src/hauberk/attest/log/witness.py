"""Witnesses: they sign a checkpoint only if the log did not rewrite what they saw before.

Source: C2SP tlog-witness, tlog-cosignature.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from hauberk.attest.log.checkpoint import Checkpoint, checkpoint_of, signed_checkpoint
from hauberk.attest.log.note import (
    COSIGNATURE,
    ED25519,
    Note,
    NoteKey,
    NoteSigner,
    cosign_note,
    octets_of,
    read_key,
    read_note,
    verify_note,
    whole_number,
)
from hauberk.attest.log.proof import verify_consistency
from hauberk.attest.log.tiles import HASH_BYTES
from hauberk.core.errors import HauberkError, Inaccessible, Malformed, Refused, UsageError

if TYPE_CHECKING:
    from hauberk.attest.trust import TrustedLog

MAX_REQUEST = 1 << 20  # bytes
MAX_LINES = 63  # hashes of a request


def verified_checkpoint(text: str, logs: Iterable[TrustedLog]) -> Checkpoint:
    """The checkpoint, which one of the logs signed, and enough of its witnesses.

    Raises Malformed, and Refused where no log that is trusted did.
    """
    octets = text.encode("utf-8", "replace")
    note = read_note(octets)
    for log in logs:
        key = read_key(log.key)
        if (key.name, key.id) in {(each.name, each.key_id) for each in note.signatures}:
            found = signed_checkpoint(octets, key)
            _refuse_unseen(note, log)
            return found
    raise Refused(f"no trusted log signed the checkpoint of {checkpoint_of(note).origin[:80]!r}")


def _refuse_unseen(note: Note, log: TrustedLog) -> None:
    # One key counts once, under however many names it is listed.
    keys = {each.octets: each for each in map(read_key, log.witnesses) if each.kind == COSIGNATURE}
    seen = sum(verify_note(note, each) for each in keys.values())
    if seen < log.threshold:
        raise Refused(f"{seen} trusted witnesses signed the checkpoint, and {log.threshold} must have")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness says to a request, as HTTP has it."""

    status: HTTPStatus
    text: str


@dataclass(frozen=True, slots=True)
class Witness:
    """Remembers, in `folder`, the newest checkpoint of each log it knows, and signs those that follow it."""

    signer: NoteSigner
    logs: tuple[NoteKey, ...]
    folder: Path
    clock: Callable[[], float] = time.time

    def latest(self, origin: str) -> Checkpoint | None:
        """The last checkpoint of the log that it signed."""
        try:
            return checkpoint_of(read_note(self._path(origin).read_bytes()))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Inaccessible(f"{self.folder}: {error.strerror}") from error

    def add_checkpoint(self, request: bytes) -> Answer:
        """The signature lines for the checkpoint of a request, or why there are none. Never raises for it."""
        if self.signer.key.kind != COSIGNATURE:
            raise UsageError(f"the key of {self.signer.key.name} is no witness's: make one with --witness")
        try:
            asked = _read_request(request)
        except HauberkError as error:
            return Answer(HTTPStatus.BAD_REQUEST, f"{error}\n")
        known = [key for key in self.logs if key.name == asked.checkpoint.origin and key.kind == ED25519]
        if not known:
            return Answer(HTTPStatus.NOT_FOUND, "this witness does not know the log\n")
        if not any(_is_signed(asked.note, key) for key in known):
            return Answer(HTTPStatus.FORBIDDEN, "the log's key did not sign the checkpoint\n")
        with self._alone(asked.checkpoint.origin):
            return self._signed(asked)

    def _signed(self, asked: _Request) -> Answer:
        new = asked.checkpoint
        old = self.latest(new.origin)
        size = old.size if old else 0
        if asked.old > new.size:
            return Answer(HTTPStatus.BAD_REQUEST, "the old size is above the new one\n")
        if asked.old != size or (old and old.size == new.size and old.root != new.root):
            return Answer(HTTPStatus.CONFLICT, f"{size}\n")
        try:
            verify_consistency(old or Checkpoint(new.origin, 0, b""), new, asked.hashes)
        except Refused as error:
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, f"{error}\n")
        cosigned = cosign_note(Note(asked.note.text, ()), self.signer, int(self.clock()))
        self._remember(new.origin, cosigned)
        return Answer(HTTPStatus.OK, "".join(each.line() for each in cosigned.signatures))

    def _path(self, origin: str) -> Path:
        return self.folder / hashlib.sha256(origin.encode()).hexdigest()

    @contextmanager
    def _alone(self, origin: str) -> Iterator[None]:
        # Between looking and remembering, a second request could make the witness go back.
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._path(origin).with_suffix(".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _remember(self, origin: str, note: Note) -> None:
        path = self._path(origin)
        incoming = path.with_suffix(".incoming")
        with incoming.open("wb") as file:
            file.write(str(note).encode())
            file.flush()
            os.fsync(file.fileno())
        incoming.replace(path)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@dataclass(frozen=True, slots=True)
class _Request:
    old: int
    hashes: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint


def request_text(old: int, hashes: Sequence[bytes], note: str) -> str:
    """What a log asks a witness: the size it saw last, a proof from there, and the checkpoint."""
    import base64

    return f"old {old}\n{''.join(base64.b64encode(each).decode() + chr(10) for each in hashes)}\n{note}"


def _read_request(octets: bytes) -> _Request:
    if len(octets) > MAX_REQUEST:
        raise Malformed(f"a request of {len(octets)} bytes")
    head, _, note = octets.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    if not lines[0].startswith("old ") or len(lines) - 1 > MAX_LINES:
        raise Malformed("a request begins with the old size and at most 63 hashes")
    found = read_note(note)
    hashes = tuple(octets_of(each, HASH_BYTES) for each in lines[1:])
    return _Request(whole_number(lines[0].removeprefix("old ")), hashes, found, checkpoint_of(found))


def _is_signed(note: Note, key: NoteKey) -> bool:
    try:
        return verify_note(note, key)
    except Refused:
        return False


def cosigned(note: str, answer: Answer, witness: NoteKey) -> Note:
    """The checkpoint with the witness's signature added. Raises Refused where it did not sign."""
    if answer.status != HTTPStatus.OK:
        raise Refused(f"the witness {witness.name} did not sign: {int(answer.status)} {answer.text.strip()}")
    own = read_note(note.encode())
    added = read_note(f"{own.text}\n{answer.text}".encode())
    signatures = tuple(each for each in added.signatures if each.name == witness.name)
    found = Note(own.text, (*(each for each in own.signatures if each.name != witness.name), *signatures))
    if not verify_note(found, witness):
        raise Refused(f"the witness {witness.name} did not sign")
    return found
