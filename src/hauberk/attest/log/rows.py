"""What a log keeps in the store: rows that are added and never changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, func, insert, select, update

from hauberk.attest.log.tiles import TILE_WIDTH, FullTile, bundle_of, read_bundle, read_tile
from hauberk.attest.log.tree import leaf_hash
from hauberk.store.schema import log_checkpoints, log_entries, log_identity, log_tiles


def identity(connection: Connection) -> tuple[str, str] | None:
    """The log's public key and its private one, which is empty where it is kept elsewhere."""
    row = connection.execute(select(log_identity.c.vkey, log_identity.c.key)).first()
    return (row[0], row[1]) if row else None


def add_identity(connection: Connection, vkey: str, key: str) -> None:
    """Say who the log is."""
    connection.execute(insert(log_identity).values(id=1, vkey=vkey, key=key))


def newest_note(connection: Connection) -> str | None:
    """The checkpoint over the most entries."""
    # No parameters: a driver of PostgreSQL sends it in one round trip instead of two.
    largest = select(func.max(log_checkpoints.c.size)).scalar_subquery()
    query = select(log_checkpoints.c.note).where(log_checkpoints.c.size == largest)
    found: str | None = connection.execute(query).scalar()
    return found


def notes(connection: Connection, start: int, stop: int) -> list[str]:
    """The checkpoints over more than `start` and up to `stop` entries, smallest first."""
    size = log_checkpoints.c.size
    query = select(log_checkpoints.c.note).where(size > start, size <= stop).order_by(size)
    return [str(note) for note in connection.execute(query).scalars()]


def add_note(connection: Connection, size: int, note: str) -> None:
    """Keep a checkpoint. The database refuses a second one of the size."""
    connection.execute(insert(log_checkpoints).values(size=size, note=note))


def replace_note(connection: Connection, size: int, note: str) -> None:
    """The same checkpoint with another witness under it."""
    connection.execute(update(log_checkpoints).where(log_checkpoints.c.size == size).values(note=note))


def add_entries(connection: Connection, start: int, entries: Sequence[bytes], note: str) -> None:
    """Keep entries, the first of which has the index `start`, and the checkpoint that covers them."""
    rows = [{"start": first, "octets": bundle_of(part)} for first, part in _parts(start, entries)]
    size = start + len(entries)
    if connection.dialect.name == "postgresql" and len(rows) == 1:
        # Both in one statement: what a single entry costs on a server is round trips.
        added = insert(log_entries).values(rows[0]).cte("added")
        connection.execute(insert(log_checkpoints).values(size=size, note=note).add_cte(added))
        return
    connection.execute(insert(log_entries), rows)
    add_note(connection, size, note)


def _parts(start: int, entries: Sequence[bytes]) -> Iterator[tuple[int, Sequence[bytes]]]:
    at = 0
    while at < len(entries):
        room = TILE_WIDTH - (start + at) % TILE_WIDTH
        yield start + at, entries[at : at + room]
        at += room


def add_tiles(connection: Connection, tiles: Sequence[FullTile]) -> None:
    """Keep tiles that are full."""
    if tiles:
        rows = [
            {"level": each.level, "number": each.number, "root": each.root, "octets": each.octets}
            for each in tiles
        ]
        connection.execute(insert(log_tiles), rows)


def bundle(connection: Connection, number: int) -> bytes:
    """The entries of a bundle, as many as there are."""
    start = log_entries.c.start
    query = (
        select(log_entries.c.octets)
        .where(start >= number * TILE_WIDTH, start < (number + 1) * TILE_WIDTH)
        .order_by(start)
    )
    return b"".join(bytes(row) for row in connection.execute(query).scalars())


def hashes(connection: Connection, level: int, number: int) -> list[bytes]:
    """The hashes of a tile, as many as there are."""
    if (full := _full_tile(connection, level, number)) is not None:
        return read_tile(full)
    if level == 0:
        return [leaf_hash(each) for each in read_bundle(bundle(connection, number))]
    below = log_tiles.c.number
    query = (
        select(log_tiles.c.root)
        .where(
            log_tiles.c.level == level - 1, below >= number * TILE_WIDTH, below < (number + 1) * TILE_WIDTH
        )
        .order_by(below)
    )
    return [bytes(row) for row in connection.execute(query).scalars()]


def full_tiles(connection: Connection, level: int, first: int, count: int) -> dict[int, bytes]:
    """The full tiles of a level from the number `first` on, by number."""
    number = log_tiles.c.number
    query = select(number, log_tiles.c.octets).where(
        log_tiles.c.level == level, number >= first, number < first + count
    )
    return {row[0]: bytes(row[1]) for row in connection.execute(query)}


def _full_tile(connection: Connection, level: int, number: int) -> bytes | None:
    query = select(log_tiles.c.octets).where(log_tiles.c.level == level, log_tiles.c.number == number)
    found = connection.execute(query).scalar()
    return None if found is None else bytes(found)
