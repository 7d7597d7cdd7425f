"""Xorbs that were brought: which repository has which, and the blob that holds it unpacked."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hauberk.core.digest import Digest
from hauberk.registry.repository import Repository

if TYPE_CHECKING:
    from hauberk.store import Store

TURN = "registry xorbs"
AT_ONCE = 500  # hashes in one question


@dataclass(frozen=True, slots=True)
class Xorbs:
    """The xorbs of a store."""

    store: Store

    def keep(self, repository: Repository, xorb: str, digest: Digest) -> bool:
        """Note that the repository has the xorb; whether it is new to it."""
        from sqlalchemy import insert, select

        from hauberk.registry.tables import xorbs

        row = {"repository": repository.id, "hash": xorb}
        with self.store.write(TURN) as connection:
            if connection.execute(select(xorbs.c.hash).filter_by(**row)).first() is not None:
                return False
            told = {"digest": digest.hex, "created": int(time.time())}
            connection.execute(insert(xorbs).values(row | told))
        return True

    def find(self, repository: Repository, asked: Iterable[str]) -> dict[str, Digest]:
        """Those of the xorbs that were sent to the repository, and the blobs that hold them."""
        from sqlalchemy import select

        from hauberk.registry.tables import xorbs

        names = sorted(set(asked))
        own = xorbs.c.repository == repository.id
        found: dict[str, Digest] = {}
        with self.store.read() as connection:
            for start in range(0, len(names), AT_ONCE):
                some = xorbs.c.hash.in_(names[start : start + AT_ONCE])
                query = select(xorbs.c.hash, xorbs.c.digest).where(some, own)
                found |= {row.hash: Digest(row.digest) for row in connection.execute(query)}
        return found
