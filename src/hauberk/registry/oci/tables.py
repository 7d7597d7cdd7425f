"""The tables of manifests in the store's schema. Digests are lower-case hex, times Unix seconds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, String, Table, Text

from hauberk.registry.tables import ROW, repositories
from hauberk.store.schema import METADATA

# A manifest and the commit that it is. `is_made` says that the registry made it, of a version that came
# otherwise; `subject` is the digest of the manifest that it refers to, or empty.
manifests = Table(
    "registry_manifests",
    METADATA,
    Column(
        "repository",
        ROW,
        ForeignKey(repositories.c.id, name="fk_registry_manifests_repository"),
        primary_key=True,
    ),
    Column("digest", String(64), primary_key=True),
    Column("commit", String(40), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("artifact_type", Text, nullable=False),
    Column("subject", String(64), nullable=False),
    Column("is_made", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    Index("ix_registry_manifests_commit", "repository", "commit"),
    Index("ix_registry_manifests_subject", "repository", "subject"),
)

# The blobs that a manifest names: a blob is read where one of its manifests may be.
held = Table(
    "registry_held",
    METADATA,
    Column(
        "repository", ROW, ForeignKey(repositories.c.id, name="fk_registry_held_repository"), primary_key=True
    ),
    Column("digest", String(64), primary_key=True),
    Column("manifest", String(64), primary_key=True),
)
