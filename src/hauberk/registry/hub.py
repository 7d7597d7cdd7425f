"""The hub: repositories, their versions and their names, without HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hauberk.core.digest import Digest
from hauberk.core.errors import Conflict, Malformed, MissingPath
from hauberk.registry.commits import (
    add_commit,
    as_commit,
    brought_in,
    brought_sizes,
    point,
    record,
    tree_of,
    turn_of,
)
from hauberk.registry.paths import folded
from hauberk.registry.repository import (
    BRANCH,
    ID,
    KINDS,
    MAIN,
    NAME,
    TAG,
    Commit,
    Proposal,
    Ref,
    Repository,
    checked_name,
    checked_ref,
)
from hauberk.registry.tree import EMPTY, Entry, Tree

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from hauberk.store import Blobs, Store

NAMES = "registry names"  # who makes or renames a repository takes turns
MAX_LISTED = 1_000  # rows in one answer


@dataclass(frozen=True, slots=True)
class Listed:
    """Which repositories to list: of a kind, with a text in the name, visible to an account, after a name.

    `viewer` None sees public ones only; `sees_all` is for administrators.
    """

    kind: str
    search: str = ""
    viewer: int | None = None
    sees_all: bool = False
    after: str = ""
    limit: int = MAX_LISTED
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Hub:
    """Every repository of a store, and the blobs of their versions."""

    store: Store
    blobs: Blobs

    def create(self, kind: str, name: str, owner: int, is_private: bool, author: str = "") -> Repository:
        """A new repository with one empty version, which its owner may write to.

        Raises Conflict where the name is taken, in whatever spelling, and Malformed for a bad name.
        """
        from sqlalchemy import insert

        from hauberk.registry.tables import grants, repositories

        if kind not in KINDS:
            raise Malformed(f"{kind[:40]!a} is no kind of repository: {', '.join(KINDS)}")
        checked_name(name)
        with self.store.write(NAMES) as connection:
            self._check_free(connection, kind, name)
            row = {"kind": kind, "name": name, "folded": folded(name), "is_private": is_private}
            made = connection.execute(insert(repositories).values(row | {"created": int(time.time())}))
            key = made.inserted_primary_key
            assert key is not None
            found = _by_id(connection, key[0])
            rights = {"repository": found.id, "account": owner, "may_write": True}
            connection.execute(insert(grants).values(rights))
            record(connection, found, MAIN, (None, EMPTY, Proposal((), author, "Initial commit")))
        return found

    def _check_free(self, connection: Connection, kind: str, name: str) -> None:
        if _find(connection, kind, name):
            raise Conflict(f"the {kind} {name} exists already, or one that differs in spelling only")

    def find(self, kind: str, name: str) -> Repository | None:
        """The repository of that kind and exact name."""
        if not NAME.fullmatch(name):
            return None
        with self.store.read() as connection:
            found = _find(connection, kind, name)
        return found if found and found.name == name else None

    def by_id(self, number: int) -> Repository | None:
        """The repository with that number, if it is still there."""
        with self.store.read() as connection:
            try:
                return _by_id(connection, number)
            except MissingPath:
                return None

    def listing(self, listed: Listed) -> tuple[Repository, ...]:
        """The repositories, sorted by name."""
        from sqlalchemy import or_, select

        from hauberk.registry.tables import grants, repositories

        table = repositories.c
        query = select(repositories).where(table.kind == listed.kind, table.removed.is_(None))
        if listed.search:
            query = query.where(
                table.folded.contains(folded(listed.search.replace("\0", " ")), autoescape=True)
            )
        if listed.namespace:
            space = folded(listed.namespace.replace("\0", " "))
            query = query.where(table.folded.startswith(f"{space}/", autoescape=True))
        if listed.after:
            query = query.where(table.name > listed.after)
        if not listed.sees_all:
            granted = select(grants.c.repository).where(grants.c.account == (listed.viewer or 0))
            query = query.where(or_(table.is_private.is_(False), table.id.in_(granted)))
        query = query.order_by(table.name).limit(min(listed.limit, MAX_LISTED))
        with self.store.read() as connection:
            return tuple(_as_repository(row) for row in connection.execute(query))

    def delete(self, repository: Repository) -> None:
        """Nobody finds the repository any more, and its name is free. Its commits stay, as evidence."""
        from sqlalchemy import delete, update

        from hauberk.registry.tables import blobs, grants, refs, repositories, xorbs

        gone = {"removed": int(time.time()), "folded": f"{repository.id} {folded(repository.name)}"}
        with self.store.write(turn_of(repository.id)) as connection:
            connection.execute(update(repositories).where(repositories.c.id == repository.id).values(gone))
            for table in (refs, grants, blobs, xorbs):
                connection.execute(delete(table).where(table.c.repository == repository.id))

    def move(self, repository: Repository, name: str) -> Repository:
        """The repository under its new name. Raises Conflict where it is taken, Malformed, MissingPath."""
        from sqlalchemy import update

        from hauberk.registry.tables import repositories

        checked_name(name)
        with self.store.write(NAMES) as connection:
            _by_id(connection, repository.id)
            taken = _find(connection, repository.kind, name)
            if taken and taken.id != repository.id:
                self._check_free(connection, repository.kind, name)
            values = {"name": name, "folded": folded(name)}
            connection.execute(update(repositories).where(repositories.c.id == repository.id).values(values))
            return _by_id(connection, repository.id)

    def show(self, repository: Repository, is_private: bool) -> None:
        """Whether only those with a grant see the repository."""
        from sqlalchemy import update

        from hauberk.registry.tables import repositories

        with self.store.write(turn_of(repository.id)) as connection:
            own = repositories.c.id == repository.id
            connection.execute(update(repositories).where(own).values(is_private=is_private))

    def commit(self, repository: Repository, branch: str, proposal: Proposal) -> Commit:
        """The commit that the branch now is at: all operations or none. See `commits.add_commit`."""
        return add_commit(self.store, repository, branch, proposal)

    def resolve(self, repository: Repository, revision: str) -> Commit:
        """The commit that a branch, tag or commit id means, in this order. Raises MissingPath."""
        with self.store.read() as connection:
            return _resolve(connection, repository, revision)

    def is_branch(self, repository: Repository, revision: str) -> bool:
        """Whether the revision names a branch, and not a fixed version."""
        from sqlalchemy import select

        from hauberk.registry.tables import refs

        name = revision.removeprefix("refs/heads/")
        own = (refs.c.repository == repository.id) & (refs.c.kind == BRANCH) & (refs.c.name == name)
        with self.store.read() as connection:
            return connection.execute(select(refs.c.name).where(own)).first() is not None

    def tree(self, commit: Commit) -> Tree:
        """The files of a commit."""
        with self.store.read() as connection:
            return tree_of(connection, commit)

    def entry(self, commit: Commit, path: str) -> Entry | None:
        """The file at the path in the commit."""
        return self.tree(commit).by_path.get(path)

    def refs(self, repository: Repository) -> tuple[Ref, ...]:
        """The branches and tags, sorted."""
        from sqlalchemy import select

        from hauberk.registry.tables import refs

        query = select(refs.c.kind, refs.c.name, refs.c.commit).where(refs.c.repository == repository.id)
        with self.store.read() as connection:
            return tuple(Ref(*row) for row in connection.execute(query.order_by(refs.c.kind, refs.c.name)))

    def add_ref(self, repository: Repository, kind: str, name: str, revision: str) -> Ref:
        """A new branch or tag at a revision. Raises Conflict where it exists, MissingPath, Malformed."""
        from sqlalchemy import select

        from hauberk.registry.tables import refs

        checked_ref(name)
        with self.store.write(turn_of(repository.id)) as connection:
            commit = _resolve(connection, repository, revision)
            taken = select(refs.c.kind).where(refs.c.repository == repository.id, refs.c.name == name)
            if connection.execute(taken).first():
                raise Conflict(f"{repository.name} has a branch or tag {name} already")
            point(connection, repository, (kind, name), commit.id)
        return Ref(kind, name, commit.id)

    def remove_ref(self, repository: Repository, kind: str, name: str) -> None:
        """Take a branch or tag away. Raises MissingPath; and Conflict for the main branch, which stays."""
        from sqlalchemy import delete

        from hauberk.registry.tables import refs

        if (kind, name) == (BRANCH, MAIN):
            raise Conflict("the branch main cannot be removed")
        own = (refs.c.repository == repository.id) & (refs.c.kind == kind) & (refs.c.name == name)
        with self.store.write(turn_of(repository.id)) as connection:
            if not connection.execute(delete(refs).where(own)).rowcount:
                raise MissingPath(f"{repository.name} has no {kind} {name[:80]!a}")

    def history(self, commit: Commit, limit: int = MAX_LISTED) -> tuple[Commit, ...]:
        """The commit and those before it, newest first."""
        from sqlalchemy import select

        from hauberk.registry.tables import commits

        found: list[Commit] = []
        wanted, number = commit.id, commit.number
        own = commits.c.repository == commit.repository
        newest = select(commits).order_by(commits.c.number.desc()).limit(MAX_LISTED)
        with self.store.read() as connection:
            while wanted and len(found) < limit:
                rows = connection.execute(newest.where(own, commits.c.number <= number)).all()
                for row in rows:
                    if row.id == wanted:  # commits of other branches lie between those of this one
                        found.append(as_commit(row))
                        wanted = row.parent
                if not rows:
                    break
                number = rows[-1].number - 1
        return tuple(found[:limit])

    def bring(self, repository: Repository, digest: Digest, size: int) -> None:
        """From now on the repository may commit this blob, which is in the blobs already."""
        self.bring_all(repository, {digest: size})

    def bring_all(self, repository: Repository, sizes: dict[Digest, int]) -> None:
        """From now on the repository may commit these blobs; sizes in bytes."""
        from sqlalchemy import insert

        from hauberk.registry.tables import blobs

        if not sizes:
            return
        with self.store.write(turn_of(repository.id)) as connection:
            _by_id(connection, repository.id)
            now = int(time.time())
            there = dict(brought_in(connection, repository, [each.hex for each in sizes]))
            rows = [
                {"repository": repository.id, "digest": each.hex, "size": size, "created": now}
                for each, size in sizes.items()
                if each.hex not in there
            ]
            if rows:
                connection.execute(insert(blobs), rows)

    def brought(self, repository: Repository, digests: Iterable[Digest]) -> dict[Digest, int]:
        """Which of the blobs were brought to this repository, and their sizes in bytes.

        Blobs that others brought are not told of: whoever asks could learn what others have.
        """
        found = brought_sizes(self.store, repository, [each.hex for each in digests])
        return {Digest(each): size for each, size in found.items()}


def _find(connection: Connection, kind: str, name: str) -> Repository | None:
    from sqlalchemy import select

    from hauberk.registry.tables import repositories

    own = (repositories.c.kind == kind) & (repositories.c.folded == folded(name))
    row = connection.execute(select(repositories).where(own)).first()
    return _as_repository(row) if row else None


def _by_id(connection: Connection, number: int) -> Repository:
    from sqlalchemy import select

    from hauberk.registry.tables import repositories

    own = (repositories.c.id == number) & repositories.c.removed.is_(None)
    row = connection.execute(select(repositories).where(own)).first()
    if row is None:
        raise MissingPath(f"there is no repository {number}")
    return _as_repository(row)


def _as_repository(row: Row[tuple[object, ...]]) -> Repository:
    return Repository(row.id, row.kind, row.name, row.is_private, row.created)


def _resolve(connection: Connection, repository: Repository, revision: str) -> Commit:
    from sqlalchemy import select

    from hauberk.registry.tables import commits, refs

    if not revision.isprintable():
        raise MissingPath(f"{revision[:80]!a} is no revision")
    wanted = revision
    for kind, prefix in ((BRANCH, "refs/heads/"), (TAG, "refs/tags/"), ("", "")):
        if revision.startswith(prefix):
            own = (refs.c.repository == repository.id) & (refs.c.name == revision.removeprefix(prefix))
            query = select(refs.c.commit).where(own & (refs.c.kind == kind) if kind else own)
            wanted = connection.execute(query.order_by(refs.c.kind)).scalar() or revision
            break
    if ID.fullmatch(wanted):
        own = (commits.c.repository == repository.id) & (commits.c.id == wanted)
        row = connection.execute(select(commits).where(own)).first()
        if row:
            return as_commit(row)
    raise MissingPath(f"{repository.name} has no revision {revision[:80]!a}")
