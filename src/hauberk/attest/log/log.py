"""A log in a store: what it acknowledges is on disk, and stays where it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from hauberk.attest.log.checkpoint import Checkpoint, checkpoint_of, sign_checkpoint, signed_checkpoint
from hauberk.attest.log.note import (
    Note,
    NoteKey,
    NoteSigner,
    new_signer,
    read_key,
    read_note,
    read_signer,
    verify_note,
)
from hauberk.attest.log.proof import Proof
from hauberk.attest.log.prover import Prover
from hauberk.attest.log.tiles import (
    MAX_ENTRY,
    MAX_LEVEL,
    MAX_SIZE,
    TILE_BITS,
    TILE_WIDTH,
    TileName,
    read_bundle,
    read_tile,
    width_of,
)
from hauberk.attest.log.tree import EMPTY_ROOT, Edge, edge_of, grow, leaf_hash
from hauberk.core.errors import OverBudget, Refused, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hauberk.store.store import Store

TURN = "log"  # appenders, in whatever process, wait for each other
# A proof under the checkpoint of a second ago is as good, and reading the newest is most of a proof's cost.
CHECKPOINT_SECONDS = 1.0
# Full tiles are read with their neighbours: most of what one costs is the question, not the 8 KiB.
NEAR = 16  # tiles
NEAR_KEPT = 4096  # tiles that nobody has asked for yet, 32 MiB


@dataclass(frozen=True, slots=True)
class Appended:
    """The index of the first of `count` entries that were added, and a checkpoint that covers them."""

    first: int
    count: int
    checkpoint: str


@dataclass(frozen=True, slots=True)
class _Recent:
    note: str
    size: int
    at: float  # seconds, monotonic


def establish(store: Store, signer: NoteSigner, is_key_kept: bool = True) -> Log:
    """A new, empty log in the store; its private key is kept there, or by the caller alone.

    Raises Refused if the store has a log already.
    """
    from hauberk.attest.log import rows

    with store.write(TURN) as connection:
        if rows.identity(connection):
            raise Refused(f"{store.name}: there is a log already, and a second one would be a fork")
        _found(connection, signer, signer.private_text() if is_key_kept else "")
    return Log(store, signer)


def _found(connection: Connection, signer: NoteSigner, kept: str) -> None:
    from hauberk.attest.log import rows

    rows.add_identity(connection, signer.key.text(), kept)
    empty = Checkpoint(signer.key.name, 0, EMPTY_ROOT)
    rows.add_note(connection, 0, str(sign_checkpoint(empty, signer)))


class Log:
    """A transparency log. Where the store has none yet, its first use makes one with a key of its own.

    Safe to use from several threads and processes at once.
    """

    def __init__(self, store: Store, signer: NoteSigner | None = None) -> None:
        self.store = store
        self._signer = signer
        self._edge = Edge()
        self._recent: _Recent | None = None
        self._near: dict[tuple[int, int], bytes] = {}
        self._prover = Prover(self._hashes)

    def key(self) -> NoteKey:
        """The key that signs the log's checkpoints; of a log that this makes, where there is none yet."""
        from hauberk.attest.log import rows

        with self.store.read() as connection:
            found = rows.identity(connection)
        if found is not None:
            return read_key(found[0])
        with self.store.write(TURN) as connection:
            return self._own_signer(connection).key

    def append(self, entries: Sequence[bytes]) -> Appended:
        """Where the entries stand now. They are on disk.

        Raises OverBudget for an entry above 65535 bytes, and then none of them is added.
        """
        _refuse_long(entries)
        before, after, note = self._append(entries)
        return Appended(before.size, after.size - before.size, note)

    def append_proven(self, entry: bytes) -> Proof:
        """The proof that the entry, which is on disk now, is in the log."""
        _refuse_long([entry])
        before, _, note = self._append([entry])
        # The siblings of a tree's last leaf are the complete subtrees that stood before it came.
        return Proof(before.size, before.peaks[::-1], note)

    def _append(self, entries: Sequence[bytes]) -> tuple[Edge, Edge, str]:
        from hauberk.attest.log import rows

        leaves = [leaf_hash(each) for each in entries]
        with self.store.write(TURN) as connection:
            signer = self._own_signer(connection)
            newest = rows.newest_note(connection)
            before = self._edge_at(connection, newest or "", signer.key)
            if before.size + len(leaves) >= MAX_SIZE:
                raise OverBudget("the log is full")
            grown = grow(before, leaves)
            if not leaves:
                return before, before, newest or ""
            head = Checkpoint(signer.key.name, grown.edge.size, grown.edge.root())
            note = str(sign_checkpoint(head, signer))
            rows.add_entries(connection, before.size, entries, note)
            rows.add_tiles(connection, grown.tiles)
        self._edge = grown.edge
        return before, grown.edge, note

    def _own_signer(self, connection: Connection) -> NoteSigner:
        from hauberk.attest.log import rows

        if self._signer is not None and self._edge.size:
            return self._signer
        found = rows.identity(connection)
        if found is None:
            signer = self._signer or new_signer(f"hauberk.local/{_random_name()}")
            _found(connection, signer, "" if self._signer else signer.private_text())
            return signer
        if self._signer is None:
            if not found[1]:
                raise UsageError(f"{self.store.name}: the log's private key is kept elsewhere: name it")
            self._signer = read_signer(found[1])
        if self._signer.key.text() != found[0]:
            raise Refused(f"{self.store.name}: the log has another key than {self._signer.key.name}")
        return self._signer

    def _edge_at(self, connection: Connection, note: str, key: NoteKey) -> Edge:
        head = checkpoint_of(read_note(note.encode()))
        edge = self._edge
        if edge.size == head.size and edge.root() == head.root:
            return edge
        signed_checkpoint(note.encode(), key)
        return _edge_from(connection, head)

    def checkpoint(self) -> str:
        """The newest checkpoint, with what witnesses have signed of it."""
        from hauberk.attest.log import rows

        with self.store.read() as connection:
            found = rows.newest_note(connection)
        if found is None:
            raise UsageError(f"{self.store.name}: there is no log yet")
        return found

    def checkpoints(self, after: int, up_to: int) -> list[str]:
        """The checkpoints over more than `after` and at most `up_to` entries, smallest first."""
        from hauberk.attest.log import rows

        with self.store.read() as connection:
            return rows.notes(connection, after, up_to)

    def entry(self, index: int) -> bytes:
        """The entry at the index."""
        number, place = divmod(index, TILE_WIDTH)
        found = read_bundle(self.tile(TileName(None, number))) if index >= 0 else []
        if place >= len(found):
            raise UsageError(f"{self.store.name}: there is no entry {index}")
        return found[place]

    def inclusion(self, index: int) -> Proof:
        """The proof that the entry at the index is in the log as it is now."""
        return self.inclusions([index])[0]

    def inclusions(self, indices: Iterable[int]) -> list[Proof]:
        """The proofs for many entries, under one checkpoint."""
        wanted = list(indices)
        recent = self._recent_checkpoint(max(wanted, default=0))
        return [Proof(each, self._prover.inclusion(each, recent.size), recent.note) for each in wanted]

    def _recent_checkpoint(self, index: int) -> _Recent:
        recent = self._recent
        if recent is None or index >= recent.size or monotonic() - recent.at > CHECKPOINT_SECONDS:
            note = self.checkpoint()
            recent = self._recent = _Recent(note, checkpoint_of(read_note(note.encode())).size, monotonic())
        return recent

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """The hashes which show that the log of `new` entries continues the one of `old` entries."""
        if new > checkpoint_of(read_note(self.checkpoint().encode())).size:
            raise UsageError(f"{self.store.name}: the log has fewer than {new} entries")
        return self._prover.consistency(old, new)

    def tile(self, name: TileName) -> bytes:
        """A tile or a bundle as its file would be, at least as wide as asked for if it is there."""
        from hauberk.attest.log import rows

        if name.level is None:
            with self.store.read() as connection:
                return rows.bundle(connection, name.number)
        return b"".join(self._hashes(name))

    def _hashes(self, name: TileName) -> list[bytes]:
        from hauberk.attest.log import rows

        level, number = name.level or 0, name.number
        if name.width == TILE_WIDTH and (found := self._near.pop((level, number), None)) is not None:
            return read_tile(found)
        with self.store.read() as connection:
            if name.width < TILE_WIDTH:
                return rows.hashes(connection, level, number)[: name.width]
            near = rows.full_tiles(connection, level, number - number % NEAR, NEAR)
            found = near.pop(number, None)
            if found is None:
                return rows.hashes(connection, level, number)
        if len(self._near) > NEAR_KEPT:
            self._near.clear()
        self._near.update({(level, each): octets for each, octets in near.items()})
        return read_tile(found)

    def add_cosignatures(self, cosigned: Note, witness: NoteKey) -> str:
        """The checkpoint with the witness's signature, which is kept. Raises Refused if it is not its."""
        from hauberk.attest.log import rows

        size = checkpoint_of(cosigned).size
        if not verify_note(cosigned, witness):
            raise Refused(f"the checkpoint does not bear the signature of {witness.name}")
        with self.store.write(TURN) as connection:
            kept = rows.notes(connection, size - 1, size)
            own = read_note(kept[0].encode()) if kept else None
            if own is None or own.text != cosigned.text:
                raise Refused(f"the witness signed another checkpoint over {size} entries")
            added = tuple(each for each in cosigned.signatures if each.name == witness.name)
            others = tuple(each for each in own.signatures if each.name != witness.name)
            note = str(Note(own.text, (*others, *added)))
            rows.replace_note(connection, size, note)
        self._recent = None
        return note


def _refuse_long(entries: Sequence[bytes]) -> None:
    longest = max(map(len, entries), default=0)
    if longest > MAX_ENTRY:
        raise OverBudget(
            f"an entry of {longest} bytes, and a log takes up to {MAX_ENTRY}: log a digest of it"
        )


def _edge_from(connection: Connection, head: Checkpoint) -> Edge:
    from hauberk.attest.log import rows

    partial: list[list[bytes]] = []
    for level in range(MAX_LEVEL + 1):
        if not head.size >> (TILE_BITS * level):
            break
        number = head.size >> (TILE_BITS * (level + 1))
        width = width_of(head.size, level, number)
        partial.append(rows.hashes(connection, level, number)[:width] if width else [])
    edge = edge_of(head.size, partial)
    if edge.root() != head.root:
        raise Refused(f"the entries contradict the checkpoint over {head.size}: run `hauberk log verify`")
    return edge


def _random_name() -> str:
    import secrets

    return secrets.token_hex(8)
