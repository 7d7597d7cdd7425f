"""A log as a folder of static files, which any web server can serve and anybody can copy.

Source: C2SP tlog-tiles.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hauberk.attest.log.checkpoint import Checkpoint, read_checkpoint
from hauberk.attest.log.note import MAX_NOTE
from hauberk.attest.log.prover import Prover
from hauberk.attest.log.tiles import (
    HASH_BYTES,
    MAX_BUNDLE,
    TILE_WIDTH,
    TileName,
    read_bundle,
    read_tile,
    tiles_of,
)
from hauberk.core.errors import Inaccessible, Malformed, MissingPath, OverBudget, Refused

CHECKPOINT = "checkpoint"


class Tiles(Protocol):
    """A log as its files: a checkpoint, tiles and bundles."""

    def checkpoint(self) -> str:
        """The newest checkpoint."""
        ...

    def checkpoints(self, after: int, up_to: int) -> list[str]:
        """What is kept of the checkpoints over more than `after` and at most `up_to` entries."""
        ...

    def tile(self, name: TileName) -> bytes:
        """A tile or a bundle; empty where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class LogFolder:
    """A folder with an exported log."""

    folder: Path

    def checkpoint(self) -> str:
        """The checkpoint that the folder has. Raises MissingPath."""
        found = _read(self.folder / CHECKPOINT, MAX_NOTE)
        if found is None:
            raise MissingPath(f"{self.folder}: no log: there is no file `checkpoint`")
        return found.decode("utf-8", "replace")

    def checkpoints(self, after: int, up_to: int) -> list[str]:
        """The one checkpoint, if it is in the range."""
        note = self.checkpoint()
        return [note] if after < read_checkpoint(note.encode()).size <= up_to else []

    def tile(self, name: TileName) -> bytes:
        """The file of a tile, or of the full one that has taken its place; empty where there is none."""
        if (found := _read(self.folder / name.path(), MAX_BUNDLE)) is not None:
            _refuse_longer(name, found)
            return found
        return _read(self.folder / TileName(name.level, name.number).path(), MAX_BUNDLE) or b""


def _refuse_longer(name: TileName, octets: bytes) -> None:
    # What stands behind the last hash or entry would be in the folder, and covered by no signature.
    width = len(read_bundle(octets)) if name.level is None else len(octets) / HASH_BYTES
    if width > name.width:
        raise Malformed(f"{name.path()} holds more than the {name.width} that its name says")


def prover_of(log: Tiles) -> Prover:
    """Makes proofs from the tiles of a log."""
    return Prover(lambda name: read_tile(log.tile(name))[: name.width])


def _read(path: Path, limit: int) -> bytes | None:
    try:
        with path.open("rb") as file:
            found = file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Inaccessible(f"{path}: {error.strerror}") from error
    if len(found) > limit:
        raise OverBudget(f"{path}: more than {limit} bytes")
    return found


def export(log: Tiles, folder: Path) -> Checkpoint:
    """The checkpoint of the log, all of which is in the folder now.

    The checkpoint is written last: until then the folder is the log that it was, and an export that was
    cut short is simply done again. Raises Refused where the folder has a log that this one does not continue.
    """
    note = log.checkpoint()
    head = read_checkpoint(note.encode())
    before = _exported(log, folder, head)
    try:
        for name in tiles_of(head.size):
            path = folder / name.path()
            if not (_end(name) <= before and path.is_file()):
                _replace(path, log.tile(name))
        os.sync()  # all tiles at once; one call for each file would take minutes
        _replace(folder / CHECKPOINT, note.encode())
        os.sync()
    except OSError as error:
        raise Inaccessible(f"{folder}: the log could not be written: {error.strerror}") from error
    return head


def _end(name: TileName) -> int:
    """How many entries a tree has when the tile is full; what is partial is always written."""
    is_full = name.width == TILE_WIDTH
    return (name.number + 1) << (8 * ((name.level or 0) + 1)) if is_full else 1 << 64


def _exported(log: Tiles, folder: Path, head: Checkpoint) -> int:
    try:
        old = read_checkpoint(LogFolder(folder).checkpoint().encode())
    except MissingPath:
        return 0
    if old.origin != head.origin:
        raise Refused(f"{folder}: there is another log, {old.origin[:80]!r}")
    if old.size > head.size:
        raise Refused(f"{folder}: the log there has {old.size} entries, and this one {head.size}")
    if prover_of(log).root(old.size) != old.root:
        raise Refused(f"{folder}: the {old.size} entries there are not the first ones of this log: a fork")
    return old.size


def _replace(path: Path, octets: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    incoming = path.with_name(f"{path.name}.{os.getpid()}.incoming")
    incoming.write_bytes(octets)
    incoming.replace(path)
