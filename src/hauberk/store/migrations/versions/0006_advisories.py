"""Advisories: what was published about versions of packages, and what is exploited."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables of advisories."""
    op.create_table(
        "advisories",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("modified", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_advisories"),
    )
    op.create_table(
        "advisory_packages",
        sa.Column("ecosystem", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("advisory", sa.Text, nullable=False),
        sa.Column("affected", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("ecosystem", "name", "advisory", name="pk_advisory_packages"),
    )
    op.create_index("ix_advisory_packages_advisory", "advisory_packages", ["advisory"])
    op.create_table(
        "advisory_sources",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("imported", sa.Text, nullable=False),
        sa.Column("newest", sa.Text, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_advisory_sources"),
    )
    op.create_table(
        "advisory_exploits",
        sa.Column("cve", sa.Text, nullable=False),
        sa.Column("exploited", sa.Text, nullable=False),
        sa.Column("probability", sa.Float, nullable=True),
        sa.PrimaryKeyConstraint("cve", name="pk_advisory_exploits"),
    )
