"""The transparency log, and statements by subject."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "log_identity",
        sa.Column("id", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("vkey", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_log_identity"),
    )
    op.create_table(
        "log_entries",
        sa.Column("start", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("octets", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("start", name="pk_log_entries"),
    )
    op.create_table(
        "log_tiles",
        sa.Column("level", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("octets", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_log_tiles"),
    )
    op.create_table(
        "log_checkpoints",
        sa.Column("size", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_log_checkpoints"),
    )
    _statements()


def _statements() -> None:
    op.create_table(
        "statements",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("predicate_type", sa.Text, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("entry", sa.BigInteger),
        sa.PrimaryKeyConstraint("digest", name="pk_statements"),
    )
    op.create_table(
        "statement_subjects",
        sa.Column("statement", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["statement"], ["statements.digest"], name="fk_statement_subjects_statement"),
        sa.PrimaryKeyConstraint("statement", "subject", name="pk_statement_subjects"),
    )
    op.create_index("ix_statement_subjects_subject", "statement_subjects", ["subject"])
