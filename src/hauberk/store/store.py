"""A store that is open: transactions to read and to write in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING

from hauberk.core.errors import Inaccessible, Malformed

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

WRITES = "hauberk_writes"  # the execution option that tells SQLite to lock at once
FAILED = b"E"  # ReadyForQuery, PostgreSQL protocol 3.0, section 55.7
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@dataclass(frozen=True, slots=True)
class Store:
    """A database; `name` is its URL without a password."""

    engine: Engine = field(repr=False)
    name: str

    @property
    def is_postgresql(self) -> bool:
        """Whether a server keeps it, and not a file."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store, and changes nothing."""
        with self._failures_named(), self._begun({}, SNAPSHOT) as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def write(self, turn: str) -> Iterator[Connection]:
        """A transaction that is on disk when this ends, and undone where it raises.

        Nobody else, in whatever process, is in a transaction of the same `turn` meanwhile.
        """
        lock = f"SELECT pg_advisory_xact_lock({_lock_number(turn)})"
        with self._failures_named(), self._begun({WRITES: True}, lock) as connection:
            yield connection
            if self.is_postgresql:
                _commit_on_server(connection)
            else:
                connection.commit()

    def _begun(self, options: dict[str, bool], first: str) -> Connection:
        """A connection in a transaction, which on a server begins with the statement `first`."""
        # A server that was restarted has dropped the pool's connections; their next use finds that out.
        for is_last in (False, True):
            connection = self.engine.connect().execution_options(**options)
            try:
                connection.begin()
                if self.is_postgresql:
                    connection.exec_driver_sql(first)
                break
            except BaseException as error:
                is_lost = isinstance(error, ConnectionError) or getattr(
                    error, "connection_invalidated", False
                )
                if isinstance(error, ConnectionError):
                    connection.invalidate()
                connection.close()
                if is_last or not is_lost:
                    raise
                self.engine.dispose()
        return connection

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

        try:
            yield
        except ConnectionError as error:
            raise Inaccessible(f"{self.name}: {error.strerror or error}") from error
        except DBAPIError as error:
            if "not a database" in str(error.orig) or "malformed" in str(error.orig):
                raise Malformed(f"{self.name}: no store, or a damaged one: {error.orig}") from error
            if isinstance(error, OperationalError) or type(error) in (DatabaseError, DBAPIError):
                raise Inaccessible(f"{self.name}: {error.orig}") from error
            if error.connection_invalidated or type(error).__name__ == "InterfaceError":
                raise Inaccessible(f"{self.name}: {error.orig}") from error
            raise

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _commit_on_server(connection: Connection) -> None:
    # A server answers the COMMIT of a transaction that has failed with success, and undoes all of it.
    if connection.connection.driver_connection._transaction_status == FAILED:  # type: ignore[union-attr]
        raise RuntimeError("an error inside of a transaction was passed over, and all of it would be lost")
    # The driver's own commit takes three round trips. After this one it finds nothing to undo.
    connection.exec_driver_sql("COMMIT")
    connection.rollback()


def _lock_number(turn: str) -> int:
    return int.from_bytes(hashlib.sha256(f"hauberk {turn}".encode()).digest()[:8], signed=True)
