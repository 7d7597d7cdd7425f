"""An audit: every entry of a log is hashed again, and must lead to what was signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hauberk.attest.log.checkpoint import Checkpoint, read_checkpoint, signed_checkpoint
from hauberk.attest.log.folder import Tiles
from hauberk.attest.log.note import ED25519, NoteKey, read_note, verify_note
from hauberk.attest.log.tiles import (
    TILE_BITS,
    TILE_WIDTH,
    FullTile,
    TileName,
    read_bundle,
    read_tile,
    width_of,
)
from hauberk.attest.log.tree import Edge, Grown, grow, leaf_hash
from hauberk.core.errors import Refused, UnreadableAsset


@dataclass(frozen=True, slots=True)
class Fault:
    """The first entry that is not what it was, or may not be, and what contradicts what."""

    entry: int
    words: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What a log was found to be. `signers` are the names of those asked for who signed the checkpoint."""

    checkpoint: Checkpoint
    signers: tuple[str, ...]
    fault: Fault | None


class _Broken(Exception):
    def __init__(self, entry: int, words: str) -> None:
        super().__init__(words)
        self.fault = Fault(entry, words)


def audit(log: Tiles, keys: Sequence[NoteKey], since: Sequence[bytes] = ()) -> Audit:
    """What the log is. Every key must have signed it; it must continue every checkpoint of `since`.

    Raises Refused where a key did not sign, or signed another log, and UnreadableAsset without a checkpoint.
    """
    note = log.checkpoint().encode()
    head = read_checkpoint(note)
    for key in keys:
        refuse_unsigned(note, key)
    earlier = [_earlier(each, keys, head) for each in since]
    try:
        _compare(log, head, sorted(earlier, key=lambda each: each.size))
    except _Broken as broken:
        return Audit(head, tuple(each.name for each in keys), broken.fault)
    return Audit(head, tuple(each.name for each in keys), None)


def refuse_unsigned(note: bytes, key: NoteKey) -> None:
    """Raises Refused unless the key, a log's or a witness's, signed the checkpoint."""
    if key.kind == ED25519:
        signed_checkpoint(note, key)
    elif not verify_note(read_note(note), key):
        raise Refused(f"the witness {key.name} did not sign the checkpoint")


def _earlier(note: bytes, keys: Sequence[NoteKey], head: Checkpoint) -> Checkpoint:
    for key in keys:
        if key.kind == ED25519:
            signed_checkpoint(note, key)
    found = read_checkpoint(note)
    if found.origin != head.origin:
        raise Refused(f"the earlier checkpoint is of another log, {found.origin[:80]!r}")
    return found


def _compare(log: Tiles, head: Checkpoint, earlier: Sequence[Checkpoint]) -> None:
    edge, past = Edge(), _Past(earlier)
    for number in range(-(-head.size // TILE_WIDTH)):
        leaves = _leaves(log, number, head.size)
        grown = grow(edge, leaves)
        for tile in grown.tiles:
            _refuse_other_tile(log, tile)
        past.compare(_Step(edge, leaves, grown), log.checkpoints(edge.size, grown.edge.size))
        edge = grown.edge
    if longer := [each for each in earlier if each.size > head.size]:
        raise _Broken(head.size, f"the log ends here, and {longer[-1].size} entries were signed: truncated")
    _held(_Step(edge, (), Grown(edge, ())), head, past.kept)
    _refuse_other_edge(log, edge)


def _leaves(log: Tiles, number: int, size: int) -> list[bytes]:
    first, width = number * TILE_WIDTH, width_of(size, None, number)
    name = TileName(None, number, width)
    try:
        entries = read_bundle(log.tile(name))[:width]
        wanted = read_tile(log.tile(TileName(0, number, width)))[:width]
    except UnreadableAsset as error:
        raise _Broken(first, f"{name.path()} cannot be read: {error}") from error
    leaves = [leaf_hash(each) for each in entries]
    for place, (found, told) in enumerate(zip(leaves, wanted, strict=False)):
        if found != told:
            raise _Broken(first + place, "the entry is not the one whose hash the tree has")
    if len(leaves) < width:
        raise _Broken(first + len(leaves), f"the entry is missing from {name.path()}: truncated")
    if len(wanted) < width:
        raise _Broken(first + len(wanted), "the hash of the entry is missing from the tree: truncated")
    return leaves


def _refuse_other_tile(log: Tiles, tile: FullTile) -> None:
    _refuse_other_hashes(log, TileName(tile.level, tile.number), read_tile(tile.octets))


def _refuse_other_edge(log: Tiles, edge: Edge) -> None:
    for level, hashes in enumerate(edge.partial):
        if hashes:
            number = edge.size >> (TILE_BITS * (level + 1))
            _refuse_other_hashes(log, TileName(level, number, len(hashes)), hashes)


def _refuse_other_hashes(log: Tiles, name: TileName, hashes: Sequence[bytes]) -> None:
    span = 1 << TILE_BITS * (name.level or 0)
    first = name.number * TILE_WIDTH * span
    try:
        told = read_tile(log.tile(name))[: name.width]
    except UnreadableAsset as error:
        raise _Broken(first, f"{name.path()} cannot be read: {error}") from error
    if list(hashes) == told:
        return
    differing = (place for place, each in enumerate(hashes) if told[place : place + 1] != [each])
    start = first + next(differing) * span
    raise _Broken(start, f"entries {start} to {start + span - 1} are not those that {name.path()} stands for")


@dataclass(frozen=True, slots=True)
class _Step:
    before: Edge
    leaves: Sequence[bytes]
    grown: Grown

    def root(self, size: int) -> bytes:
        if size == self.grown.edge.size:
            return self.grown.edge.root()
        return grow(self.before, self.leaves[: size - self.before.size]).edge.root()


class _Past:
    """What was signed before: by the caller's account (`earlier`), and by the log's own."""

    def __init__(self, earlier: Sequence[Checkpoint]) -> None:
        self._earlier = earlier
        self._seen = 0  # entries that are what the caller has seen
        self.kept = 0  # entries that are what the log itself says it signed

    def compare(self, step: _Step, notes: Sequence[str]) -> None:
        reached = [each for each in self._earlier if step.before.size < each.size <= step.grown.edge.size]
        for each in reached:
            self._seen = _held(step, each, self._seen)
        # A tree with the root of the last checkpoint has those of the others, unless the log forked itself.
        if notes and step.root((last := read_checkpoint(notes[-1].encode())).size) == last.root:
            self.kept = last.size
            return
        for note in notes:
            self.kept = _held(step, read_checkpoint(note.encode()), max(self._seen, self.kept))


def _held(step: _Step, signed: Checkpoint, good: int) -> int:
    if step.root(signed.size) == signed.root:
        return signed.size
    raise _Broken(
        good,
        f"entries {good} to {signed.size - 1} are not what the checkpoint over {signed.size} signed:"
        " rewritten or forked",
    )
