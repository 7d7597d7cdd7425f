"""The registry: accounts, repositories, versions and what was brought to them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ROW = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the registry's tables."""
    _accounts()
    _repositories()
    _versions()
    _blobs()
    op.create_table(
        "registry_secrets",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("octets", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_registry_secrets"),
    )


def _accounts() -> None:
    op.create_table(
        "registry_accounts",
        sa.Column("id", ROW, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registry_accounts"),
        sa.UniqueConstraint("folded", name="uq_registry_accounts_folded"),
    )
    op.create_table(
        "registry_tokens",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("account", ROW, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.Column("revoked", sa.BigInteger),
        sa.PrimaryKeyConstraint("digest", name="pk_registry_tokens"),
        sa.ForeignKeyConstraint(["account"], ["registry_accounts.id"], name="fk_registry_tokens_account"),
    )


def _repositories() -> None:
    op.create_table(
        "registry_repositories",
        sa.Column("id", ROW, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("is_private", sa.Boolean, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("removed", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_registry_repositories"),
    )
    op.create_index("uq_registry_repositories_kind", "registry_repositories", ["kind", "folded"], unique=True)
    op.create_table(
        "registry_grants",
        sa.Column("repository", ROW, nullable=False),
        sa.Column("account", ROW, nullable=False),
        sa.Column("may_write", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("repository", "account", name="pk_registry_grants"),
        _of_repository("grants"),
        sa.ForeignKeyConstraint(["account"], ["registry_accounts.id"], name="fk_registry_grants_account"),
    )


def _of_repository(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_registry_{table}_repository"
    return sa.ForeignKeyConstraint(["repository"], ["registry_repositories.id"], name=name)


def _versions() -> None:
    op.create_table(
        "registry_trees",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("octets", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_registry_trees"),
    )
    op.create_table(
        "registry_commits",
        sa.Column("repository", ROW, nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("parent", sa.String(40), nullable=False),
        sa.Column("tree", sa.String(64), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("repository", "id", name="pk_registry_commits"),
        _of_repository("commits"),
        sa.ForeignKeyConstraint(["tree"], ["registry_trees.digest"], name="fk_registry_commits_tree"),
    )
    op.create_index("uq_registry_commits_number", "registry_commits", ["repository", "number"], unique=True)
    op.create_index("ix_registry_commits_tree", "registry_commits", ["tree"])
    op.create_table(
        "registry_refs",
        sa.Column("repository", ROW, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("commit", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("repository", "kind", "name", name="pk_registry_refs"),
        _of_repository("refs"),
    )


def _blobs() -> None:
    op.create_table(
        "registry_blobs",
        sa.Column("repository", ROW, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("repository", "digest", name="pk_registry_blobs"),
        _of_repository("blobs"),
    )
    op.create_index("ix_registry_blobs_digest", "registry_blobs", ["digest"])
    op.create_table(
        "registry_xorbs",
        sa.Column("repository", ROW, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("repository", "hash", name="pk_registry_xorbs"),
        _of_repository("xorbs"),
    )
    op.create_index("ix_registry_xorbs_digest", "registry_xorbs", ["digest"])
