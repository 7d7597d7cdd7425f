"""Open a registry: its folder, its database, its blobs, and an administrator if there is nobody yet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hauberk.core.errors import Inaccessible
from hauberk.registry import tables as tables  # its tables belong to the schema before a store is opened
from hauberk.registry.accounts import ADMIN, ADMINISTER, Accounts
from hauberk.registry.hub import Hub
from hauberk.registry.limits import Limits, Rates
from hauberk.registry.links import links_of
from hauberk.registry.permission import Open
from hauberk.registry.site import Site
from hauberk.store import open_store
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


@dataclass(frozen=True, slots=True)
class Opened:
    """A registry, and the token of its first administrator where it was just made."""

    site: Site
    first_token: str | None


@contextmanager
def open_registry(opening: Opening) -> Iterator[Opened]:
    """The registry, until the end of the block. Raises what `open_store` and `open_blobs` raise."""
    try:
        opening.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Inaccessible(f"{opening.folder}: {error.strerror or error}") from error
    blobs = open_blobs(opening.blobs or str(opening.folder / FILES), opening.folder / FILES)
    with open_store(opening.store or os.fspath(opening.folder / DATABASE)) as store:
        accounts = Accounts(store)
        limits = Limits()
        site = Site(
            Hub(store, blobs),
            accounts,
            Open(),
            links_of(store),
            limits,
            opening.environment,
            opening.is_open,
            Rates(limits.requests),
        )
        yield Opened(site, _first_token(accounts))


def _first_token(accounts: Accounts) -> str | None:
    if accounts.listing():
        return None
    return accounts.issue(accounts.add("admin", ADMIN), "first", ADMINISTER, None)
