"""Open a registry: its folder, its database, its blobs, and an administrator if there is nobody yet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hauberk.core.errors import Inaccessible
from hauberk.registry import life_tables as life_tables  # the schema is whole before a store is opened
from hauberk.registry.accounts import ADMIN, ADMINISTER, Accounts
from hauberk.registry.custody import Custody
from hauberk.registry.hub import Hub
from hauberk.registry.life import Life
from hauberk.registry.limits import Limits, Rates
from hauberk.registry.links import links_of
from hauberk.registry.oci import tables as tables  # as above
from hauberk.registry.policy import policy_at
from hauberk.registry.site import Site
from hauberk.store import Blobs, Store, open_store
from hauberk.store.bucket import open_blobs

DATABASE, FILES = "registry.db", "blobs"


@dataclass(frozen=True, slots=True)
class Opening:
    """What to open: a folder, and by URL a database or a bucket instead of what would lie in it."""

    folder: Path
    store: str | None = None
    blobs: str | None = None
    environment: str = "dev"
    is_open: bool = False
    policy: Path | None = None
    trust: Path | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A registry, and the token of its first administrator where it was just made."""

    site: Site
    life: Life
    first_token: str | None


@contextmanager
def open_registry(opening: Opening, is_begun: bool = False) -> Iterator[Opened]:
    """The registry, until the end of the block; `is_begun` makes no administrator.

    Raises what `open_store`, `open_blobs` and `policy_at` raise.
    """
    with open_empty(opening.folder, opening.store, opening.blobs) as (store, blobs):
        accounts = Accounts(store)
        first = None if is_begun else _first_token(accounts)
        life = Life(Hub(store, blobs), _custody(store, opening.trust), policy_at(opening.policy))
        life.policy.check(opening.environment)
        limits = Limits()
        site = Site(
            life.hub,
            accounts,
            life,
            links_of(store),
            limits,
            opening.environment,
            opening.is_open,
            Rates(limits.requests),
        )
        yield Opened(site, life, first)


@contextmanager
def open_empty(folder: Path, store: str | None, blobs: str | None) -> Iterator[tuple[Store, Blobs]]:
    """The database and the blobs alone, made where they are missing. Raises as `open_registry`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Inaccessible(f"{folder}: {error.strerror or error}") from error
    kept = open_blobs(blobs or str(folder / FILES), folder / FILES)
    with open_store(store or os.fspath(folder / DATABASE)) as opened:
        yield opened, kept


def _custody(store: Store, trust: Path | None) -> Custody:
    from hauberk.attest.trust import read_trust
    from hauberk.sources.evidence import evidence_files

    outside = None
    if trust is not None:
        outside = read_trust(next(iter(evidence_files(trust))).octets, datetime.now(UTC))
    found = Custody(store, outside)
    found.trust()  # makes the keys and the log, before a transaction needs them
    return found


def _first_token(accounts: Accounts) -> str | None:
    if accounts.listing():
        return None
    return accounts.issue(accounts.add("admin", ADMIN), "first", ADMINISTER, None)
