"""Commits: how a version comes to be, wholly or not at all."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from hauberk.core.digest import Digest
from hauberk.core.errors import Conflict, Malformed, MissingPath
from hauberk.registry.repository import (
    BRANCH,
    MAIN,
    MAX_BODY,
    MAX_TITLE,
    Commit,
    Proposal,
    Repository,
    checked_ref,
)
from hauberk.registry.tree import EMPTY, Added, Entry, Tree, unpacked

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from hauberk.store import Store

AT_ONCE = 500  # digests in one question; SQLite takes 32,766 values in a statement, PostgreSQL 65,535


def turn_of(repository: int) -> str:
    """What only one writer at a time holds, so that refs and commits of a repository agree."""
    return f"repository {repository}"


def add_commit(store: Store, repository: Repository, branch: str, proposal: Proposal) -> Commit:
    """The commit that the branch now is at; it was there before if the operations change nothing.

    The work is done on what was read first, and once more inside of the transaction if somebody was faster.
    Raises MissingPath for another branch than the first, Conflict where the parent is another, Malformed.
    """
    with store.read() as connection:
        seen = head(connection, repository, branch)
        tree = tree_of(connection, seen)
    _check_parent(proposal, seen, branch)
    after = tree.after(proposal.operations)
    with store.write(turn_of(repository.id)) as connection:
        found = head(connection, repository, branch)
        if found != seen:
            _check_parent(proposal, found, branch)
            tree = tree_of(connection, found)
            after = tree.after(proposal.operations)
        _check_brought(connection, repository, proposal)
        if found and after.digest == tree.digest and proposal.id in ("", found.id):
            return found
        return record(connection, repository, branch, (found, after, proposal))


def head(connection: Connection, repository: Repository, branch: str) -> Commit | None:
    """The commit that the branch is at; None for a repository without any. Raises MissingPath."""
    from sqlalchemy import select

    from hauberk.registry.tables import commits, refs

    query = (
        select(commits)
        .join(refs, (refs.c.repository == commits.c.repository) & (refs.c.commit == commits.c.id))
        .where(refs.c.repository == repository.id, refs.c.kind == BRANCH, refs.c.name == branch)
    )
    row = connection.execute(query).first()
    if row:
        return as_commit(row)
    any_ref = select(refs.c.name).where(refs.c.repository == repository.id).limit(1)
    if branch != MAIN or connection.execute(any_ref).first():
        raise MissingPath(f"{repository.name} has no branch {branch[:80]!a}")
    return None


def tree_of(connection: Connection, commit: Commit | None) -> Tree:
    """The files of the commit."""
    from sqlalchemy import select

    from hauberk.registry.tables import trees

    if commit is None:
        return EMPTY
    query = select(trees.c.octets).where(trees.c.digest == commit.tree.hex)
    return unpacked(bytes(connection.execute(query).scalar_one()))


def record(
    connection: Connection,
    repository: Repository,
    branch: str,
    change: tuple[Commit | None, Tree, Proposal],
) -> Commit:
    """The new commit, at which the branch now is."""
    from sqlalchemy import insert, select

    from hauberk.registry.tables import commits, trees

    before, tree, proposal = change
    own = trees.c.digest == tree.digest.hex
    if connection.execute(select(trees.c.digest).where(own)).first() is None:
        _keep_tree(connection, tree)
    found = _commit(repository, before, tree, proposal)
    found = replace(found, number=_next_number(connection, repository))
    row = {name: getattr(found, name) for name in Commit.__slots__} | {"tree": found.tree.hex}
    connection.execute(insert(commits).values(row))
    point(connection, repository, (BRANCH, checked_ref(branch)), found.id)
    return found


def _keep_tree(connection: Connection, tree: Tree) -> None:
    """Keep the tree, which somebody may keep at the same moment in another repository."""
    from hauberk.registry.tables import trees

    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_on_server

        statement = insert_on_server(trees).values(digest=tree.digest.hex, octets=tree.packed())
        connection.execute(statement.on_conflict_do_nothing())
    else:
        from sqlalchemy import insert

        connection.execute(insert(trees).values(digest=tree.digest.hex, octets=tree.packed()))


def _commit(repository: Repository, before: Commit | None, tree: Tree, proposal: Proposal) -> Commit:
    now = int(time.time())
    parent = before.id if before else ""
    title, body = _text(proposal.title, MAX_TITLE), _text(proposal.body, MAX_BODY)
    # Everything that the commit is. The parent makes it unlike all others in its repository.
    content = "\0".join((str(repository.id), parent, tree.digest.hex, proposal.author, str(now), title, body))
    own = proposal.id or hashlib.sha256(content.encode()).hexdigest()[:40]
    return Commit(repository.id, own, 0, parent, tree.digest, proposal.author, title, body, now)


def _text(words: str, limit: int) -> str:
    """Words that a database can keep: PostgreSQL has no NUL, UTF-8 no half characters."""
    return words[:limit].encode("utf-8", "replace").decode().replace("\0", " ")


def _next_number(connection: Connection, repository: Repository) -> int:
    from sqlalchemy import func, select

    from hauberk.registry.tables import commits

    query = select(func.max(commits.c.number)).where(commits.c.repository == repository.id)
    return (connection.execute(query).scalar() or 0) + 1


def point(connection: Connection, repository: Repository, ref: tuple[str, str], commit: str) -> None:
    """Let the ref (kind, name) be at the commit, wherever it was before."""
    from sqlalchemy import delete, insert

    from hauberk.registry.tables import refs

    row = {"repository": repository.id, "kind": ref[0], "name": ref[1]}
    old = (refs.c.repository == repository.id) & (refs.c.kind == ref[0]) & (refs.c.name == ref[1])
    connection.execute(delete(refs).where(old))
    connection.execute(insert(refs).values(row | {"commit": commit}))


def as_commit(row: Row[tuple[object, ...]]) -> Commit:
    """The commit in a row of the table."""
    fields = {name: getattr(row, name) for name in Commit.__slots__}
    return Commit(**fields | {"tree": Digest(row.tree)})


def _check_parent(proposal: Proposal, found: Commit | None, branch: str) -> None:
    now = found.id if found else ""
    if proposal.parent and proposal.parent != now:
        raise Conflict(
            f"the branch {branch} is at {now or 'no commit'}, and this commit was to come after"
            f" {proposal.parent[:40]!a}: fetch what is new and commit again"
        )


def _check_brought(connection: Connection, repository: Repository, proposal: Proposal) -> None:
    """Raises Malformed where a blob was not brought to this repository, or has another size."""
    entries = [each.entry for each in proposal.operations if isinstance(each, Added)]
    sizes = dict(brought_in(connection, repository, {each.digest.hex for each in entries}))
    for entry in entries:
        _check_size(entry, sizes.get(entry.digest.hex))


def _check_size(entry: Entry, size: int | None) -> None:
    if size is None:
        raise Malformed(f"{entry.path!a}: its content {entry.digest} was not uploaded to this repository")
    if size != entry.size:
        raise Malformed(f"{entry.path!a}: {size} bytes were uploaded, and the commit says {entry.size}")


def brought_in(
    connection: Connection, repository: Repository, digests: Iterable[str]
) -> Iterator[tuple[str, int]]:
    """The digest and size of each of the blobs that was brought to this repository."""
    from sqlalchemy import select

    from hauberk.registry.tables import blobs

    asked = sorted(digests)
    for start in range(0, len(asked), AT_ONCE):
        query = select(blobs.c.digest, blobs.c.size).where(
            blobs.c.repository == repository.id, blobs.c.digest.in_(asked[start : start + AT_ONCE])
        )
        for row in connection.execute(query):
            yield row[0], row[1]


def brought_sizes(store: Store, repository: Repository, digests: Iterable[str]) -> dict[str, int]:
    """The size of each of the blobs that was brought to this repository."""
    with store.read() as connection:
        return dict(brought_in(connection, repository, digests))
