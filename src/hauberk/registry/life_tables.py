"""The tables of a version's life. Times are Unix seconds; digests are lower-case hex."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from hauberk.registry.tables import ROW, accounts, repositories
from hauberk.store.schema import METADATA

# What became of a tree in a repository. No row: it is in quarantine. `claimed` is when a scan began;
# `report` is the blob of its report.
versions = Table(
    "registry_versions",
    METADATA,
    Column(
        "repository",
        ROW,
        ForeignKey(repositories.c.id, name="fk_registry_versions_repository"),
        primary_key=True,
    ),
    Column("tree", String(64), primary_key=True),
    Column("state", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("claimed", BigInteger, nullable=False),
    Column("report", String(64), nullable=False),
    Index("ix_registry_versions_tree", "tree"),
)

# What the policy (its digest) makes of a tree for an environment; `word` is pass, stop or unknown.
decisions = Table(
    "registry_decisions",
    METADATA,
    Column(
        "repository",
        ROW,
        ForeignKey(repositories.c.id, name="fk_registry_decisions_repository"),
        primary_key=True,
    ),
    Column("tree", String(64), primary_key=True),
    Column("environment", String(64), primary_key=True),
    Column("word", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("policy", String(64), nullable=False),
    Column("decided", BigInteger, nullable=False),
)

# Every promotion, in order; the newest one that was not left is what an environment is at.
stages = Table(
    "registry_stages",
    METADATA,
    Column("id", ROW, primary_key=True),
    Column(
        "repository", ROW, ForeignKey(repositories.c.id, name="fk_registry_stages_repository"), nullable=False
    ),
    Column("environment", String(64), nullable=False),
    Column("commit", String(40), nullable=False),
    Column("tree", String(64), nullable=False),
    Column("account", ROW, ForeignKey(accounts.c.id, name="fk_registry_stages_account"), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("left", BigInteger),
    Index("ix_registry_stages_repository", "repository", "environment"),
)

# Trees that nobody may load any more, in no repository.
recalls = Table(
    "registry_recalls",
    METADATA,
    Column("tree", String(64), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("account", ROW, ForeignKey(accounts.c.id, name="fk_registry_recalls_account"), nullable=False),
    Column("since", BigInteger, nullable=False),
)
