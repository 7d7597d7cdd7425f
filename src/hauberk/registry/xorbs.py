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

    def find(self, repository: Repository, account: int, asked: Iterable[str]) -> dict[str, Digest]:
        """Those of the xorbs that may be used for the repository, and the blobs that hold them.

        Clients remember what they sent, to whatever repository, and do not send it again. It may be used
        where the xorb is the repository's, or one's that the account writes to.
        """
        from sqlalchemy import or_, select

        from hauberk.registry.tables import grants, xorbs

        names = sorted(set(asked))
        own = select(grants.c.repository).where(grants.c.account == account, grants.c.may_write)
        allowed = or_(xorbs.c.repository == repository.id, xorbs.c.repository.in_(own))
        found: dict[str, Digest] = {}
        with self.store.read() as connection:
            for start in range(0, len(names), AT_ONCE):
                some = xorbs.c.hash.in_(names[start : start + AT_ONCE])
                query = select(xorbs.c.hash, xorbs.c.digest).where(some, allowed)
                found |= {row.hash: Digest(row.digest) for row in connection.execute(query)}
        return found
