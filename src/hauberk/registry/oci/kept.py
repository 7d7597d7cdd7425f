"""Manifests that are kept: which commit each is, which blobs it names, and the tags that mean it."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hauberk.core.digest import Digest
from hauberk.core.errors import Conflict
from hauberk.registry.commits import as_commit, brought_in, point, record, turn_of
from hauberk.registry.denied import Denied
from hauberk.registry.hub import Hub
from hauberk.registry.oci.manifest import MAX_MANIFEST, Manifest
from hauberk.registry.oci.words import MANIFEST_BLOB_UNKNOWN, MANIFEST_UNKNOWN, UNSUPPORTED
from hauberk.registry.repository import BRANCH, TAG, Commit, Proposal, Repository, checked_ref
from hauberk.registry.tree import EMPTY

if TYPE_CHECKING:
    from sqlalchemy import Connection

OWN = "oci"  # the branch of what is pushed, beside those that other clients write
MAX_REFERRERS = 1_000  # in one answer, the newest


@dataclass(frozen=True, slots=True)
class Kept:
    """A manifest of a repository. `is_made` says that it was made here, of a version that came otherwise."""

    digest: Digest
    commit: str
    size: int
    media_type: str
    artifact_type: str
    subject: str
    is_made: bool


@dataclass(frozen=True, slots=True)
class Manifests:
    """The manifests of a hub's repositories."""

    hub: Hub

    def find(self, repository: Repository, digest: Digest) -> Kept | None:
        """The manifest with the digest."""
        return next(iter(self._rows(repository, digest=digest.hex)), None)

    def of_commit(self, repository: Repository, commit: str) -> Kept | None:
        """The manifest that the commit is."""
        return next(iter(self._rows(repository, commit=commit)), None)

    def referring(self, repository: Repository, subject: Digest) -> list[Kept]:
        """The manifests that refer to the one with the digest, newest first."""
        return self._rows(repository, subject=subject.hex)

    def _rows(self, repository: Repository, **where: str) -> list[Kept]:
        from sqlalchemy import select

        from hauberk.registry.oci.tables import manifests

        columns = [manifests.c[name] for name in Kept.__slots__]
        query = select(*columns).filter_by(repository=repository.id, **where).limit(MAX_REFERRERS)
        with self.hub.store.read() as connection:
            rows = connection.execute(query.order_by(manifests.c.created.desc(), manifests.c.digest))
            return [Kept(Digest(row[0]), *row[1:]) for row in rows]

    def holding(self, repository: Repository, blob: Digest) -> list[str]:
        """The commits whose manifests name the blob, newest first."""
        from sqlalchemy import select

        from hauberk.registry.oci.tables import held, manifests

        same = (held.c.repository == manifests.c.repository) & (held.c.manifest == manifests.c.digest)
        query = select(manifests.c.commit).join(held, same).order_by(manifests.c.created.desc())
        own = (held.c.repository == repository.id) & (held.c.digest == blob.hex)
        with self.hub.store.read() as connection:
            return list(connection.execute(query.where(own)).scalars())

    def octets(self, kept: Kept) -> bytes:
        """The manifest itself. Raises MissingPath."""
        with self.hub.blobs.open(kept.digest) as source:
            return source.read(MAX_MANIFEST)

    def push(self, repository: Repository, manifest: Manifest, tag: str, author: str) -> Digest:
        """The manifest's digest: it is a version now, in quarantine like any other, and the tag means it.

        Raises Denied where it names what was not pushed here, Malformed for paths that may not be, and
        Conflict where a branch has the tag's name.
        """
        tree, digest = manifest.tree, manifest.digest
        self._bring(repository, manifest)
        with self.hub.store.write(turn_of(repository.id)) as connection:
            _check_brought(connection, repository, manifest)
            commit = _commit_of(connection, repository, digest)
            if commit is None:
                proposal = Proposal((), author, f"Push {tag or digest}")
                made = record(connection, repository, OWN, (_head(connection, repository), tree, proposal))
                commit = made.id
                _keep(connection, manifest, made, is_made=False)
            if tag:
                _check_free(connection, repository, tag)
                point(connection, repository, (TAG, tag), commit)
        return digest

    def make(self, repository: Repository, commit: Commit, made: tuple[Manifest, bytes]) -> Kept:
        """Keep the manifest that was made of a version, with its config, where nobody was faster."""
        manifest, config = made
        assert manifest.config is not None
        self.hub.blobs.put(io.BytesIO(config), MAX_MANIFEST)
        self.hub.bring(repository, manifest.config.digest, len(config))
        self._bring(repository, manifest)
        with self.hub.store.write(turn_of(repository.id)) as connection:
            if not _has(connection, repository, commit):
                _keep(connection, manifest, commit, is_made=True)
        found = self.of_commit(repository, commit.id)
        assert found is not None
        return found

    def _bring(self, repository: Repository, manifest: Manifest) -> None:
        self.hub.blobs.put(io.BytesIO(manifest.octets), MAX_MANIFEST)
        self.hub.bring(repository, manifest.digest, len(manifest.octets))

    def remove(self, repository: Repository, digest: Digest) -> None:
        """Nobody finds the manifest any more, nor the tags that meant it. Raises Denied."""
        from sqlalchemy import delete

        from hauberk.registry.oci.tables import held, manifests
        from hauberk.registry.tables import refs

        found = self.find(repository, digest)
        if found is None:
            raise Denied(404, f"{repository.name} has no manifest {digest}", MANIFEST_UNKNOWN)
        if found.is_made:
            raise Denied(405, f"{digest} stands for a commit: remove its branch or tag", UNSUPPORTED)
        own = (manifests.c.repository == repository.id) & (manifests.c.digest == digest.hex)
        its = (held.c.repository == repository.id) & (held.c.manifest == digest.hex)
        tags = (refs.c.repository == repository.id) & (refs.c.kind == TAG) & (refs.c.commit == found.commit)
        with self.hub.store.write(turn_of(repository.id)) as connection:
            for table, where in ((refs, tags), (held, its), (manifests, own)):
                connection.execute(delete(table).where(where))

    def tags(self, repository: Repository) -> list[str]:
        """What may be pulled by name, sorted: tags, and the branches of other clients that have files."""
        from sqlalchemy import select

        from hauberk.registry.tables import commits, refs

        same = (refs.c.repository == commits.c.repository) & (refs.c.commit == commits.c.id)
        is_shown = (refs.c.kind == TAG) | (refs.c.name != OWN)
        query = select(refs.c.name).join(commits, same).where(refs.c.repository == repository.id, is_shown)
        with self.hub.store.read() as connection:
            rows = connection.execute(query.where(commits.c.tree != EMPTY.digest.hex))
            return sorted(rows.scalars())


def _check_brought(connection: Connection, repository: Repository, manifest: Manifest) -> None:
    wanted = {each.digest.hex: each.size for each in manifest.blobs}
    there = dict(brought_in(connection, repository, wanted))
    for each in manifest.blobs:
        if each.digest.hex not in there:
            raise Denied(404, f"{each.digest} was not pushed to {repository.name}", MANIFEST_BLOB_UNKNOWN)
        if there[each.digest.hex] != each.size:
            size = there[each.digest.hex]
            words = f"{each.digest} has {size} bytes, and the manifest says {each.size}"
            raise Denied(400, words, MANIFEST_BLOB_UNKNOWN)
    for each in manifest.children:
        if _commit_of(connection, repository, each.digest) is None:
            words = f"the manifest {each.digest} was not pushed to {repository.name}"
            raise Denied(404, words, MANIFEST_BLOB_UNKNOWN)


def _commit_of(connection: Connection, repository: Repository, digest: Digest) -> str | None:
    from sqlalchemy import select

    from hauberk.registry.oci.tables import manifests

    query = select(manifests.c.commit).filter_by(repository=repository.id, digest=digest.hex)
    found: str | None = connection.execute(query).scalar()
    return found


def _has(connection: Connection, repository: Repository, commit: Commit) -> bool:
    from sqlalchemy import select

    from hauberk.registry.oci.tables import manifests

    query = select(manifests.c.digest).filter_by(repository=repository.id, commit=commit.id)
    return connection.execute(query).first() is not None


def _head(connection: Connection, repository: Repository) -> Commit | None:
    """What was pushed last."""
    from sqlalchemy import select

    from hauberk.registry.tables import commits, refs

    same = (refs.c.repository == commits.c.repository) & (refs.c.commit == commits.c.id)
    own = (refs.c.repository == repository.id) & (refs.c.kind == BRANCH) & (refs.c.name == OWN)
    row = connection.execute(select(commits).join(refs, same).where(own)).first()
    return as_commit(row) if row else None


def _check_free(connection: Connection, repository: Repository, tag: str) -> None:
    from sqlalchemy import select

    from hauberk.registry.tables import refs

    query = select(refs.c.name).filter_by(repository=repository.id, kind=BRANCH, name=checked_ref(tag))
    if connection.execute(query).first():
        raise Conflict(f"{repository.name} has a branch {tag}, which only commits move: push another tag")


def _keep(connection: Connection, manifest: Manifest, commit: Commit, is_made: bool) -> None:
    from sqlalchemy import insert

    from hauberk.registry.oci.tables import held, manifests

    row = {
        "repository": commit.repository,
        "digest": manifest.digest.hex,
        "commit": commit.id,
        "size": len(manifest.octets),
        "media_type": manifest.media_type,
        "artifact_type": manifest.artifact_type,
        "subject": manifest.subject.digest.hex if manifest.subject else "",
        "is_made": is_made,
        "created": int(time.time()),
    }
    connection.execute(insert(manifests).values(row))
    named = {each.digest.hex for each in manifest.blobs}
    rows = [
        {"repository": commit.repository, "digest": each, "manifest": manifest.digest.hex}
        for each in sorted(named)
    ]
    if rows:
        connection.execute(insert(held), rows)
