"""Open a store: a SQLite file by path, or a PostgreSQL database by URL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hauberk.core.errors import MissingPath, UsageError
from hauberk.core.extra import extra
from hauberk.store.store import WRITES, Store

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

BUSY_SECONDS = 60.0  # to wait for another process's transaction before it is an error


def open_store(url: str) -> Store:
    """The store at a path, `sqlite:///PATH` or `postgresql://...`, made or brought up to date where needed.

    Raises MissingExtra without the extra `server`, UsageError for another URL, MissingPath for a path in a
    folder that is not there, Unsupported for a store of a newer Hauberk, Malformed or Inaccessible.
    """
    extra("sqlalchemy", "server")
    from hauberk.store.migrate import migrate

    address = _address(url)
    store = Store(_engine(address), address.render_as_string(hide_password=True))
    try:
        migrate(store)
    except BaseException:
        store.close()
        raise
    return store


def is_there(url: str) -> bool:
    """Whether a store can be at the URL: its file exists, or a server would have to say."""
    if "://" in url and not url.startswith("sqlite:"):
        return True
    return Path(url.removeprefix("sqlite:///")).is_file()


def _address(url: str) -> URL:
    from sqlalchemy import URL, make_url
    from sqlalchemy.exc import ArgumentError

    try:
        found = make_url(url) if "://" in url else URL.create("sqlite", database=url)
    except (ArgumentError, ValueError) as error:
        raise UsageError("a store is a path, sqlite:///PATH or postgresql://USER@HOST/NAME") from error
    if found.drivername in ("postgresql", "postgresql+pg8000"):
        extra("pg8000", "server")
        return found.set(drivername="postgresql+pg8000")
    if found.drivername != "sqlite" or found.query:
        raise UsageError(f"a store is a path, sqlite:///PATH or postgresql://..., not {found.drivername}")
    if not found.database or found.database == ":memory:" or "\0" in found.database:
        raise UsageError("a store in memory keeps nothing: name a file")
    if Path(found.database).is_dir():
        raise UsageError(f"{found.database}: a folder, and a store is a file")
    if not Path(found.database).resolve().parent.is_dir():
        raise MissingPath(f"{found.database}: its folder does not exist")
    return found


def _engine(address: URL) -> Engine:
    from sqlalchemy import create_engine, event

    if address.drivername != "sqlite":
        return create_engine(address, pool_size=5, max_overflow=20)
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: object, _: object) -> None:
    # The driver must not begin transactions by itself: it would begin them unlocked, and two writers that
    # both have read would then refuse each other. FULL: what was committed outlives a power cut.
    connection.isolation_level = None  # type: ignore[attr-defined]  # sqlite3.Connection
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]  # sqlite3.Connection


def _begin_sqlite(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
