"""Outlines that are kept: how each large blob is sent in xorbs. One is made by reading all of its blob."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hauberk.core.digest import Digest
from hauberk.registry.huggingface.xet.hashes import from_text, text
from hauberk.registry.huggingface.xet.outline import Outline, outline_of, read_outline
from hauberk.registry.tree import Tree

if TYPE_CHECKING:
    from hauberk.store import Blobs, Store

TURN = "registry outlines"
READING = threading.Lock()  # one blob is read at a time: two readers would only wait for the same disk


@dataclass(frozen=True, slots=True)
class Outlines:
    """The outlines of a store's blobs."""

    store: Store
    blobs: Blobs

    def find(self, digest: Digest) -> Outline | None:
        """The outline of the blob, if it was made."""
        from sqlalchemy import select

        from hauberk.registry.tables import outlines

        with self.store.read() as connection:
            query = select(outlines).where(outlines.c.digest == digest.hex)
            row = connection.execute(query).first()
        return read_outline(row.size, from_text(row.hash), bytes(row.xorbs)) if row else None

    def named(self, hash: str) -> frozenset[Digest]:
        """The blobs whose outline has the Xet hash."""
        from sqlalchemy import select

        from hauberk.registry.tables import outlines

        with self.store.read() as connection:
            query = select(outlines.c.digest).where(outlines.c.hash == hash)
            return frozenset(Digest(each) for each in connection.execute(query).scalars())

    def make(self, digest: Digest) -> Outline:
        """The outline of the blob, made and kept where it was not yet. Raises MissingPath."""
        with READING:
            found = self.find(digest)
            if found is None:
                with self.blobs.local(digest).open("rb") as source:
                    found = outline_of(source)
                self._keep(digest, found)
        return found

    def make_all(self, tree: Tree, whole: int) -> None:
        """The outlines of a version's files of more than `whole` bytes."""
        for each in tree.entries:
            if each.size > whole:
                self.make(each.digest)

    def _keep(self, digest: Digest, found: Outline) -> None:
        from sqlalchemy import insert, select

        from hauberk.registry.tables import outlines

        with self.store.write(TURN) as connection:
            own = select(outlines.c.digest).where(outlines.c.digest == digest.hex)
            if connection.execute(own).first() is None:
                row = {"digest": digest.hex, "hash": text(found.hash), "size": found.size}
                connection.execute(insert(outlines).values(xorbs=found.packed(), **row))
