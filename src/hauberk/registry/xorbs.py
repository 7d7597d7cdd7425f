"""Xorbs that were brought: which repository has which, and the blob that holds it unpacked."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from hauberk.core.digest import Digest
from hauberk.core.errors import MissingPath
from hauberk.registry.huggingface.xet.hashes import text
from hauberk.registry.huggingface.xet.xorb import Index, read_index
from hauberk.registry.repository import Repository

if TYPE_CHECKING:
    from hauberk.store import Blobs, Store

Opened = tuple[BinaryIO, Index]

TURN = "registry xorbs"
AT_HAND = 16  # xorbs that are open at once
AT_ONCE = 500  # hashes in one question


class AtHand:
    """The xorbs of a repository while a file is put together: the last ones asked for are open."""

    def __init__(self, blobs: Blobs, known: dict[str, Digest]) -> None:
        self.blobs = blobs
        self.known = known
        self.last: OrderedDict[bytes, Opened] = OrderedDict()

    def open(self, xorb: bytes) -> Opened:
        """The xorb, unpacked, and its index. Raises MissingPath for one that was not sent."""
        found = self.last.pop(xorb, None)
        if found is None:
            if text(xorb) not in self.known:
                raise MissingPath(f"xorb {text(xorb)} was not sent for this repository")
            if len(self.last) >= AT_HAND:
                self.last.popitem(last=False)[1][0].close()
            source = self.blobs.open(self.known[text(xorb)])
            try:
                found = source, read_index(source)
            except BaseException:
                source.close()
                raise
        self.last[xorb] = found
        return found

    def index(self, xorb: bytes) -> Index:
        """The index of the xorb. Raises MissingPath."""
        return self.open(xorb)[1]

    def close(self) -> None:
        """Close all of them."""
        while self.last:
            self.last.popitem()[1][0].close()


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
