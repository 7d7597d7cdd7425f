"""Every table of the store. A change here needs a file in `migrations/versions/`; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

# Names for what databases would otherwise name by their own taste, so that migrations can speak of it.
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Who the log is. One row, `id` 1; `key` is empty where the private key is kept elsewhere.
log_identity = Table(
    "log_identity",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("vkey", Text, nullable=False),
    Column("key", Text, nullable=False),
)

# Entries as they were appended: up to 256 in a row, which never reach over the end of a bundle, so that the
# rows of a bundle are, one after the other, the bundle (C2SP tlog-tiles). Rows are never changed.
log_entries = Table(
    "log_entries",
    METADATA,
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("octets", LargeBinary, nullable=False),
)

# Full tiles and the hash that each has in the level above; unfinished ones follow from what is below them.
log_tiles = Table(
    "log_tiles",
    METADATA,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("octets", LargeBinary, nullable=False),
)

# Every checkpoint that was ever handed out, as a note. Two of one size would be a fork.
log_checkpoints = Table(
    "log_checkpoints",
    METADATA,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)

# Envelopes with statements, by the SHA-256 of the envelope; `entry` is its index in the log, if it is there.
statements = Table(
    "statements",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("predicate_type", Text, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("entry", BigInteger),
)

statement_subjects = Table(
    "statement_subjects",
    METADATA,
    Column("statement", String(64), ForeignKey(statements.c.digest), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Index("ix_statement_subjects_subject", "subject"),
)
