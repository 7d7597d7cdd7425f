"""Backup: all of a registry in a folder, whatever database and bucket it runs on, and back."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hauberk.core.digest import Digest
from hauberk.core.errors import Conflict, Inaccessible, Malformed, MissingPath
from hauberk.registry.open import DATABASE, FILES
from hauberk.store import Blobs, open_store
from hauberk.store.schema import METADATA

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hauberk.store import Store

AT_ONCE = 1_000  # rows
Progress = Callable[[int, int], None]


def back_up(store: Store, blobs: Blobs, folder: Path, shown: Progress) -> None:
    """Copy all rows as they are at one moment, then every blob that they name; `shown` is told how far it is.

    What is uploaded meanwhile is not in the backup. Raises Conflict where the folder holds something.
    """
    _make(folder)
    with open_store(str(folder / DATABASE)) as target:
        _copy_rows(store, target)
        _copy_blobs(target, blobs, Blobs(folder / FILES), shown)


def restore(folder: Path, store: Store, blobs: Blobs, shown: Progress) -> None:
    """Put back what a backup holds. Raises Conflict where the registry is not empty, Malformed if damaged."""
    if not (folder / DATABASE).is_file():
        raise MissingPath(f"{folder}: no backup of a registry")
    with open_store(str(folder / DATABASE)) as source:
        with store.read() as connection:
            _check_empty(connection, store)
        _copy_blobs(source, Blobs(folder / FILES), blobs, shown)
        _copy_rows(source, store)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Conflict(f"{folder}: not empty, and nothing is overwritten")
    except OSError as error:
        raise Inaccessible(f"{folder}: {error.strerror}") from error


def _copy_rows(source: Store, target: Store) -> None:
    from sqlalchemy import insert, select

    with source.read() as old, target.write("restore") as new:
        _check_empty(new, target)
        for table in METADATA.sorted_tables:
            rows = old.execution_options(stream_results=True).execute(select(table))
            for some in rows.mappings().partitions(AT_ONCE):
                new.execute(insert(table), [dict(each) for each in some])
        if target.is_postgresql:
            _number_on(new)


def _check_empty(connection: Connection, target: Store) -> None:
    from sqlalchemy import literal, select

    for table in METADATA.sorted_tables:
        if connection.execute(select(literal(1)).select_from(table).limit(1)).first():
            raise Conflict(f"{target.name}: holds something already ({table.name})")


def _number_on(connection: Connection) -> None:
    """Let the server go on with numbers above those that were put back."""
    from sqlalchemy import func, select

    for table in METADATA.sorted_tables:
        sequence = f"{table.name}_id_seq"
        if "id" in table.c and connection.execute(select(func.to_regclass(sequence))).scalar():
            following = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
            connection.execute(select(func.setval(sequence, following, False)))


def _copy_blobs(rows: Store, source: Blobs, target: Blobs, shown: Progress) -> None:
    wanted = sorted(_named(rows))
    for number, name in enumerate(wanted):
        shown(number, len(wanted))
        digest = Digest(name)
        if digest not in target:
            _copy(source, target, digest)
    shown(len(wanted), len(wanted))


def _named(store: Store) -> set[str]:
    """Every blob that a row names."""
    from sqlalchemy import select

    from hauberk.registry.life_tables import versions
    from hauberk.registry.tables import blobs, xorbs

    found: set[str] = set()
    with store.read() as connection:
        for column in (blobs.c.digest, xorbs.c.digest, versions.c.report):
            found |= {row[0] for row in connection.execute(select(column).distinct()) if row[0]}
    return found


def _copy(source: Blobs, target: Blobs, digest: Digest) -> None:
    incoming = target.incoming() / f"copy-{digest.hex}"
    try:
        with source.open(digest) as old, incoming.open("wb") as new:
            shutil.copyfileobj(old, new, 1 << 20)
        with incoming.open("rb") as read:
            found = hashlib.file_digest(read, "sha256").hexdigest()
        if found != digest.hex:
            raise Malformed(f"{digest}: its bytes are others; the backup is not complete")
        target.settle(incoming, digest)
    except OSError as error:
        raise Inaccessible(f"{digest}: {error.strerror or error}") from error
    finally:
        incoming.unlink(missing_ok=True)
