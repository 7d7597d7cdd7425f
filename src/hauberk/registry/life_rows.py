"""The rows of a version's life, read and written within the caller's transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hauberk.core.digest import Digest
from hauberk.registry.repository import Commit, Repository

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection


@dataclass(frozen=True, slots=True)
class Version:
    """What became of a tree; `claimed` is when a scan began, `report` the digest (hex) of its report."""

    state: str
    words: str
    claimed: int
    report: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What the policy (its digest) makes of a tree for an environment: pass, stop or unknown, and why."""

    environment: str
    word: str
    words: str
    policy: str
    decided: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A promotion: which version an environment was at, since when, and until when if it was left."""

    id: int
    environment: str
    commit: str
    tree: str
    account: int
    since: int
    left: int | None


def version_of(connection: Connection, repository: Repository, tree: Digest) -> Version | None:
    """What became of the tree; None while nobody has looked at it."""
    from sqlalchemy import select

    from hauberk.registry.life_tables import versions

    row = connection.execute(select(versions).where(_own(versions, repository, tree))).first()
    return Version(row.state, row.words, row.claimed, row.report) if row else None


def keep_version(connection: Connection, repository: Repository, tree: Digest, version: Version) -> None:
    """Note what became of the tree."""
    from sqlalchemy import delete, insert

    from hauberk.registry.life_tables import versions

    connection.execute(delete(versions).where(_own(versions, repository, tree)))
    row = {name: getattr(version, name) for name in Version.__slots__}
    connection.execute(insert(versions).values(row | {"repository": repository.id, "tree": tree.hex}))


def decisions_of(connection: Connection, repository: Repository, tree: Digest) -> tuple[Decided, ...]:
    """What was decided about the tree, by environment."""
    from sqlalchemy import select

    from hauberk.registry.life_tables import decisions

    own = select(*(decisions.c[name] for name in Decided.__slots__))
    own = own.where(_own(decisions, repository, tree)).order_by(decisions.c.environment)
    return tuple(Decided(*row) for row in connection.execute(own))


def keep_decision(connection: Connection, repository: Repository, tree: Digest, made: Decided) -> bool:
    """Note what was decided; whether that is another word, or by another policy, than before."""
    from sqlalchemy import delete, insert

    from hauberk.registry.life_tables import decisions

    before = decisions_of(connection, repository, tree)
    old = next((each for each in before if each.environment == made.environment), None)
    own = _own(decisions, repository, tree) & (decisions.c.environment == made.environment)
    connection.execute(delete(decisions).where(own))
    row = {name: getattr(made, name) for name in Decided.__slots__}
    connection.execute(insert(decisions).values(row | {"repository": repository.id, "tree": tree.hex}))
    return old is None or (old.word, old.policy) != (made.word, made.policy)


def forget_decisions(connection: Connection, tree: Digest) -> None:
    """Nothing is decided about the tree any more, in whatever repository: who reads it has to decide."""
    from sqlalchemy import delete

    from hauberk.registry.life_tables import decisions

    connection.execute(delete(decisions).where(decisions.c.tree == tree.hex))


def known_of(connection: Connection, tree: Digest) -> tuple[int, int]:
    """How many statements are about the tree, and how many of them are in the log. Both only grow."""
    from sqlalchemy import func, select

    from hauberk.store.schema import statement_subjects, statements

    same = statement_subjects.c.statement == statements.c.digest
    query = select(func.count(), func.count(statements.c.entry)).select_from(statements)
    query = query.join(statement_subjects, same).where(statement_subjects.c.subject == tree.hex)
    row = connection.execute(query).one()
    return row[0], row[1]


def authors_of(connection: Connection, tree: Digest) -> set[str]:
    """Who ever committed exactly these files, in whatever repository."""
    from sqlalchemy import select

    from hauberk.registry.tables import commits

    query = select(commits.c.author).where(commits.c.tree == tree.hex).distinct()
    return set(connection.execute(query).scalars())


def stages_of(
    connection: Connection, repository: Repository, environment: str | None = None
) -> tuple[Stage, ...]:
    """The promotions of the repository, oldest first."""
    from sqlalchemy import select

    from hauberk.registry.life_tables import stages

    own = select(*(stages.c[name] for name in Stage.__slots__)).where(stages.c.repository == repository.id)
    if environment is not None:
        own = own.where(stages.c.environment == environment)
    return tuple(Stage(*row) for row in connection.execute(own.order_by(stages.c.id)))


def current_stage(connection: Connection, repository: Repository, environment: str) -> Stage | None:
    """Where the environment is now: its newest promotion that was not left."""
    found = [each for each in stages_of(connection, repository, environment) if each.left is None]
    return found[-1] if found else None


def add_stage(
    connection: Connection, repository: Repository, commit: Commit, where: tuple[str, int]
) -> Stage:
    """Let the environment be at the commit; `where` is the environment, and the account that says so."""
    from sqlalchemy import insert

    from hauberk.registry.life_tables import stages

    environment, account = where
    now = int(time.time())
    row = {"environment": environment, "commit": commit.id, "tree": commit.tree.hex, "account": account}
    told = connection.execute(insert(stages).values(row | {"repository": repository.id, "since": now}))
    key = told.inserted_primary_key
    assert key is not None
    return Stage(key[0], environment, commit.id, commit.tree.hex, account, now, None)


def leave(connection: Connection, stage: Stage) -> None:
    """The environment is not at the stage any more."""
    from sqlalchemy import update

    from hauberk.registry.life_tables import stages

    connection.execute(update(stages).where(stages.c.id == stage.id).values(left=int(time.time())))


def was_allowed(connection: Connection, repository: Repository, tree: Digest) -> bool:
    """Whether somebody may have loaded the tree once: it passed somewhere, or was promoted."""
    from sqlalchemy import select

    from hauberk.registry.life_tables import decisions, stages

    passed = select(decisions.c.tree).where(_own(decisions, repository, tree), decisions.c.word == "pass")
    staged = select(stages.c.tree).where(_own(stages, repository, tree))
    return any(connection.execute(each.limit(1)).first() is not None for each in (passed, staged))


def commits_with(connection: Connection, tree: Digest) -> list[Commit]:
    """One commit of each repository that has a version with this tree, and that was examined."""
    from sqlalchemy import select

    from hauberk.registry.commits import as_commit
    from hauberk.registry.life_tables import versions
    from hauberk.registry.tables import commits

    same = (versions.c.repository == commits.c.repository) & (versions.c.tree == commits.c.tree)
    query = select(commits).join(versions, same).where(commits.c.tree == tree.hex)
    found = {row.repository: as_commit(row) for row in connection.execute(query)}
    return list(found.values())


def recall_of(connection: Connection, tree: Digest) -> str | None:
    """Why the tree was recalled, if it was."""
    from sqlalchemy import select

    from hauberk.registry.life_tables import recalls

    found: str | None = connection.execute(
        select(recalls.c.reason).where(recalls.c.tree == tree.hex)
    ).scalar()
    return found


def recalled_commits(connection: Connection) -> set[str]:
    """The ids of all commits with a tree that was recalled."""
    from sqlalchemy import select

    from hauberk.registry.life_tables import recalls
    from hauberk.registry.tables import commits

    query = select(commits.c.id).join(recalls, recalls.c.tree == commits.c.tree)
    return set(connection.execute(query).scalars())


def add_recall(connection: Connection, tree: Digest, reason: str, account: int) -> None:
    """Nobody may load the tree any more. The first reason stands."""
    from sqlalchemy.dialects import postgresql, sqlite

    from hauberk.registry.life_tables import recalls

    row = {"tree": tree.hex, "reason": reason, "account": account, "since": int(time.time())}
    # The same files may be recalled in two repositories at once, and those do not wait for each other.
    made = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(recalls).values(row)
    connection.execute(made.on_conflict_do_nothing())


def _own(table: object, repository: Repository, tree: Digest) -> ColumnElement[bool]:
    columns = table.c  # type: ignore[attr-defined]  # a Table
    found: ColumnElement[bool] = (columns.repository == repository.id) & (columns.tree == tree.hex)
    return found
