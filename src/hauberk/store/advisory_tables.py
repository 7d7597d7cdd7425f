"""The tables of advisories."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, LargeBinary, String, Table, Text

from hauberk.store.schema import METADATA

# Records as they came (OSV JSON, deflated); `about` is what is read for every match, as JSON.
advisories = Table(
    "advisories",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("modified", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
)

# Which packages each speaks of; `affected` is what it says of that package's versions, as JSON.
advisory_packages = Table(
    "advisory_packages",
    METADATA,
    Column("ecosystem", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("advisory", Text, primary_key=True),
    Column("affected", Text, nullable=False),
    Index("ix_advisory_packages_advisory", "advisory"),
)

# What was imported: `newest` is the time of its latest record, which says how old its knowledge is.
advisory_sources = Table(
    "advisory_sources",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("imported", Text, nullable=False),
    Column("newest", Text, nullable=False),
    Column("records", BigInteger, nullable=False),
)

# Whether a CVE is known to be exploited (the day), and how probably it will be within 30 days (0..1).
advisory_exploits = Table(
    "advisory_exploits",
    METADATA,
    Column("cve", Text, primary_key=True),
    Column("exploited", Text, nullable=False),
    Column("probability", Float),
)
