"""Outlines: large files as the xorbs that they are sent in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table of outlines."""
    op.create_table(
        "registry_outlines",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("xorbs", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_registry_outlines"),
    )
    op.create_index("ix_registry_outlines_hash", "registry_outlines", ["hash"])
