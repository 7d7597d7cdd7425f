"""Statements by what they are about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hauberk.core.digest import Digest

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hauberk.core.statement import Statement
    from hauberk.store.store import Store

TURN = "statements"


@dataclass(frozen=True, slots=True)
class Kept:
    """An envelope as it came, what it claims (`predicate_type`), and its index in the log if it has one."""

    envelope: bytes
    predicate_type: str
    entry: int | None


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements in a store. What their signatures are worth is for the reader to verify."""

    store: Store

    def put(self, envelope: bytes, statement: Statement, entry: int | None = None) -> Digest:
        """The SHA-256 of the envelope, which is kept now. Twice is once; an entry is added, never changed."""
        with self.store.write(TURN) as connection:
            return put_in(connection, envelope, statement, entry)

    def unlogged(self, limit: int) -> list[tuple[str, bytes]]:
        """Digests and envelopes of statements that no log holds yet, in a fixed order."""
        from sqlalchemy import select

        from hauberk.store.schema import statements

        query = select(statements.c.digest, statements.c.envelope).where(statements.c.entry.is_(None))
        with self.store.read() as connection:
            rows = connection.execute(query.order_by(statements.c.digest).limit(limit))
            return [(row[0], bytes(row[1])) for row in rows]

    def logged(self, entries: Mapping[str, int]) -> None:
        """Note where the log holds the statements (digest to index)."""
        from sqlalchemy import update

        from hauberk.store.schema import statements

        with self.store.write(TURN) as connection:
            for digest, entry in entries.items():
                missing = (statements.c.digest == digest) & statements.c.entry.is_(None)
                connection.execute(update(statements).where(missing).values(entry=entry))

    def by_subject(self, subject: Digest) -> tuple[Kept, ...]:
        """The statements about the subject, those in the log first and in its order."""
        from sqlalchemy import select

        from hauberk.store.schema import statement_subjects, statements

        query = (
            select(statements.c.envelope, statements.c.predicate_type, statements.c.entry)
            .join(statement_subjects, statement_subjects.c.statement == statements.c.digest)
            .where(statement_subjects.c.subject == subject.hex)
            .order_by(statements.c.entry.is_(None), statements.c.entry, statements.c.digest)
        )
        with self.store.read() as connection:
            return tuple(Kept(bytes(row[0]), row[1], row[2]) for row in connection.execute(query))


def put_in(connection: Connection, envelope: bytes, statement: Statement, entry: int | None = None) -> Digest:
    """As `Statements.put`, in the caller's transaction."""
    from sqlalchemy import insert, select, update

    from hauberk.store.schema import statement_subjects, statements

    own = hashlib.sha256(envelope).hexdigest()
    row = {"digest": own, "predicate_type": statement.predicate_type, "envelope": envelope}
    subjects = sorted({each.digest.hex for each in statement.subjects})
    is_kept = select(statements.c.digest).where(statements.c.digest == own)
    if connection.execute(is_kept).first() is None:
        connection.execute(insert(statements).values(row | {"entry": entry}))
        rows = [{"statement": own, "subject": each} for each in subjects]
        if rows:
            connection.execute(insert(statement_subjects), rows)
    elif entry is not None:
        missing = (statements.c.digest == own) & statements.c.entry.is_(None)
        connection.execute(update(statements).where(missing).values(entry=entry))
    return Digest(own)
