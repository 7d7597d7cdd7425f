"""Manifests: versions as clients of container registries name them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ROW = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables of manifests and of the blobs that they name."""
    op.create_table(
        "registry_manifests",
        sa.Column("repository", ROW, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("commit", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("artifact_type", sa.Text, nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("is_made", sa.Boolean, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("repository", "digest", name="pk_registry_manifests"),
        sa.ForeignKeyConstraint(
            ["repository"], ["registry_repositories.id"], name="fk_registry_manifests_repository"
        ),
    )
    op.create_index("ix_registry_manifests_commit", "registry_manifests", ["repository", "commit"])
    op.create_index("ix_registry_manifests_subject", "registry_manifests", ["repository", "subject"])
    op.create_table(
        "registry_held",
        sa.Column("repository", ROW, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("manifest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("repository", "digest", "manifest", name="pk_registry_held"),
        sa.ForeignKeyConstraint(
            ["repository"], ["registry_repositories.id"], name="fk_registry_held_repository"
        ),
    )
