"""The registry's tables in the store's schema. Times are Unix seconds; digests and ids are lower-case hex."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from hauberk.store.schema import METADATA

# SQLite numbers rows by itself only where the key is a plain INTEGER.
ROW = BigInteger().with_variant(Integer, "sqlite")

accounts = Table(
    "registry_accounts",
    METADATA,
    Column("id", ROW, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
)

# A token is 256 random bits; only its SHA-256 is kept. `expires` and `revoked` are empty for never.
tokens = Table(
    "registry_tokens",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("account", ROW, ForeignKey(accounts.c.id, name="fk_registry_tokens_account"), nullable=False),
    Column("name", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
)

# `folded` is the name as nobody may have it a second time; `kind` is model or dataset. The
# row of a removed one stays, for the commits that evidence is about.
repositories = Table(
    "registry_repositories",
    METADATA,
    Column("id", ROW, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("is_private", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("removed", BigInteger),
    Index("uq_registry_repositories_kind", "kind", "folded", unique=True),
)

_REPOSITORY = repositories.c.id

grants = Table(
    "registry_grants",
    METADATA,
    Column(
        "repository", ROW, ForeignKey(_REPOSITORY, name="fk_registry_grants_repository"), primary_key=True
    ),
    Column("account", ROW, ForeignKey(accounts.c.id, name="fk_registry_grants_account"), primary_key=True),
    Column("may_write", Boolean, nullable=False),
)

# A version's files, compressed, under the digest of its manifest: what `sha256sum` would write.
trees = Table(
    "registry_trees",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("octets", LargeBinary, nullable=False),
)

# `number` counts the commits of a repository. Rows are never changed.
commits = Table(
    "registry_commits",
    METADATA,
    Column(
        "repository", ROW, ForeignKey(_REPOSITORY, name="fk_registry_commits_repository"), primary_key=True
    ),
    Column("id", String(40), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("parent", String(40), nullable=False),
    Column("tree", String(64), ForeignKey(trees.c.digest, name="fk_registry_commits_tree"), nullable=False),
    Column("author", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Index("uq_registry_commits_number", "repository", "number", unique=True),
    Index("ix_registry_commits_tree", "tree"),
)

# Branches and tags; `kind` is branch or tag.
refs = Table(
    "registry_refs",
    METADATA,
    Column("repository", ROW, ForeignKey(_REPOSITORY, name="fk_registry_refs_repository"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("commit", String(40), nullable=False),
)

# The blobs that were brought to a repository. Who names a digest without having brought it gets nothing.
blobs = Table(
    "registry_blobs",
    METADATA,
    Column("repository", ROW, ForeignKey(_REPOSITORY, name="fk_registry_blobs_repository"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Index("ix_registry_blobs_digest", "digest"),
)

# Xet: packs of chunks that were brought to a repository, by their Xet hash, and the blob that holds each.
xorbs = Table(
    "registry_xorbs",
    METADATA,
    Column("repository", ROW, ForeignKey(_REPOSITORY, name="fk_registry_xorbs_repository"), primary_key=True),
    Column("hash", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("created", BigInteger, nullable=False),
    Index("ix_registry_xorbs_digest", "digest"),
)

# Xet: blobs too large to be read whole, in the xorbs that they are sent in. What it says of a blob is
# the same for everybody, so that it belongs to no repository.
outlines = Table(
    "registry_outlines",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("xorbs", LargeBinary, nullable=False),
    Index("ix_registry_outlines_hash", "hash"),
)

# What signs links and short-lived tokens, made at the first start.
secrets = Table(
    "registry_secrets",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("octets", LargeBinary, nullable=False),
)
