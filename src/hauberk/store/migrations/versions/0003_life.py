"""The life of versions: what became of them, what was decided, where they are, what was recalled."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ROW = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables of a version's life."""
    _versions()
    _decisions()
    _stages()
    op.create_table(
        "registry_recalls",
        sa.Column("tree", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("account", ROW, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tree", name="pk_registry_recalls"),
        sa.ForeignKeyConstraint(["account"], ["registry_accounts.id"], name="fk_registry_recalls_account"),
    )


def _versions() -> None:
    op.create_table(
        "registry_versions",
        sa.Column("repository", ROW, nullable=False),
        sa.Column("tree", sa.String(64), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("claimed", sa.BigInteger, nullable=False),
        sa.Column("report", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("repository", "tree", name="pk_registry_versions"),
        sa.ForeignKeyConstraint(
            ["repository"], ["registry_repositories.id"], name="fk_registry_versions_repository"
        ),
    )
    op.create_index("ix_registry_versions_tree", "registry_versions", ["tree"])


def _decisions() -> None:
    op.create_table(
        "registry_decisions",
        sa.Column("repository", ROW, nullable=False),
        sa.Column("tree", sa.String(64), nullable=False),
        sa.Column("environment", sa.String(64), nullable=False),
        sa.Column("word", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("decided", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("repository", "tree", "environment", name="pk_registry_decisions"),
        sa.ForeignKeyConstraint(
            ["repository"], ["registry_repositories.id"], name="fk_registry_decisions_repository"
        ),
    )


def _stages() -> None:
    op.create_table(
        "registry_stages",
        sa.Column("id", ROW, nullable=False),
        sa.Column("repository", ROW, nullable=False),
        sa.Column("environment", sa.String(64), nullable=False),
        sa.Column("commit", sa.String(40), nullable=False),
        sa.Column("tree", sa.String(64), nullable=False),
        sa.Column("account", ROW, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("left", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_registry_stages"),
        sa.ForeignKeyConstraint(
            ["repository"], ["registry_repositories.id"], name="fk_registry_stages_repository"
        ),
        sa.ForeignKeyConstraint(["account"], ["registry_accounts.id"], name="fk_registry_stages_account"),
    )
    op.create_index("ix_registry_stages_repository", "registry_stages", ["repository", "environment"])
