"""Accounts, what they may, and the tokens that speak for them."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hauberk.core.errors import Conflict, Malformed, MissingPath
from hauberk.registry.repository import Repository

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from hauberk.store import Store

READER, CONTRIBUTOR, APPROVER, ADMIN = ROLES = ("reader", "contributor", "approver", "admin")
READ, WRITE, ADMINISTER = SCOPES = ("read", "write", "admin")
PREFIX = "hf_"  # stock tools that look for leaked secrets know it
TOKEN_BYTES = 32
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
TURN = "registry accounts"
MAX_TOKEN = 200  # characters of what is taken for a token at all


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody, or something, that has a role."""

    id: int
    name: str
    role: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Token:
    """What is known about a token; times in Unix seconds, None for never."""

    digest: str
    name: str
    scope: str
    created: int
    expires: int | None
    revoked: int | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, with what scope. Nobody in particular has no account."""

    account: Account | None = None
    scope: str = READ

    @property
    def name(self) -> str:
        """How commits and statements name them."""
        return self.account.name if self.account else "anonymous"

    @property
    def is_admin(self) -> bool:
        """Whether everything is open to them."""
        return self.has_role(ADMIN) and self.scope == ADMINISTER

    def has_role(self, *roles: str) -> bool:
        """Whether they have one of the roles, and are still wanted."""
        return self.account is not None and self.account.is_active and self.account.role in roles

    @property
    def may_change(self) -> bool:
        """Whether the token is more than one to read with."""
        return self.account is not None and self.scope != READ


NOBODY = Caller()


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of a store."""

    store: Store

    def add(self, name: str, role: str) -> Account:
        """A new account. Raises Conflict where the name is taken, Malformed for a bad name or role."""
        from sqlalchemy import insert, select

        from hauberk.registry.tables import accounts

        if not NAME.fullmatch(name) or "--" in name or ".." in name:
            raise Malformed(f"{name[:80]!a} is no account name: letters, digits, single . _ -")
        _check_role(role)
        with self.store.write(TURN) as connection:
            if connection.execute(select(accounts.c.id).where(accounts.c.folded == name.lower())).first():
                raise Conflict(f"there is an account {name} already")
            row = {"name": name, "folded": name.lower(), "role": role, "is_active": True}
            connection.execute(insert(accounts).values(row | {"created": int(time.time())}))
            return _by_name(connection, name)

    def by_name(self, name: str) -> Account:
        """The account of that name. Raises MissingPath."""
        with self.store.read() as connection:
            return _by_name(connection, name)

    def listing(self) -> tuple[Account, ...]:
        """Every account, by name."""
        from sqlalchemy import select

        from hauberk.registry.tables import accounts

        with self.store.read() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.name))
            return tuple(_as_account(row) for row in rows)

    def change(self, account: Account, role: str, is_active: bool) -> Account:
        """The account with another role, or shut out. Raises Malformed."""
        from sqlalchemy import update

        from hauberk.registry.tables import accounts

        _check_role(role)
        with self.store.write(TURN) as connection:
            own = accounts.c.id == account.id
            connection.execute(update(accounts).where(own).values(role=role, is_active=is_active))
        return replace(account, role=role, is_active=is_active)

    def issue(self, account: Account, name: str, scope: str, lifetime: int | None) -> str:
        """A new token, which is shown this once; `lifetime` in seconds. Raises Malformed."""
        from sqlalchemy import insert

        from hauberk.registry.tables import tokens

        if scope not in SCOPES:
            raise Malformed(f"{scope[:40]!a} is no scope: {', '.join(SCOPES)}")
        if lifetime is not None and lifetime <= 0:
            raise Malformed("a token lives for more than 0 seconds")
        found = PREFIX + secrets.token_urlsafe(TOKEN_BYTES).replace("-", "0").replace("_", "1")
        now = int(time.time())
        row = {"digest": _digest(found), "account": account.id, "name": name[:100], "scope": scope}
        expires = None if lifetime is None else now + lifetime
        with self.store.write(TURN) as connection:
            connection.execute(insert(tokens).values(row | {"created": now, "expires": expires}))
        return found

    def tokens(self, account: Account) -> tuple[Token, ...]:
        """What the account's tokens are, oldest first."""
        from sqlalchemy import select

        from hauberk.registry.tables import tokens

        query = select(*(tokens.c[name] for name in Token.__slots__)).where(tokens.c.account == account.id)
        with self.store.read() as connection:
            rows = connection.execute(query.order_by(tokens.c.created, tokens.c.digest))
            return tuple(Token(*row) for row in rows)

    def revoke(self, digest: str) -> None:
        """The token with this SHA-256 (or the start of it that only it has) is worth nothing from now on.

        Raises MissingPath where no token or more than one is meant.
        """
        from sqlalchemy import select, update

        from hauberk.registry.tables import tokens

        with self.store.write(TURN) as connection:
            query = (
                select(tokens.c.digest).where(tokens.c.digest.startswith(digest, autoescape=True)).limit(2)
            )
            found = connection.execute(query).scalars().all()
            if len(found) != 1 or len(digest) < 8:
                raise MissingPath(f"{digest[:64]!a} names {'no' if not found else 'more than one'} token")
            now = int(time.time())
            connection.execute(update(tokens).where(tokens.c.digest == found[0]).values(revoked=now))

    def caller(self, token: str) -> Caller | None:
        """Whom the token speaks for; None if it is unknown, expired, revoked or of one shut out."""
        from sqlalchemy import select

        from hauberk.registry.tables import accounts, tokens

        if len(token) > MAX_TOKEN or not token.isascii():
            return None
        query = (
            select(accounts, tokens.c.scope, tokens.c.expires, tokens.c.revoked)
            .join(tokens, tokens.c.account == accounts.c.id)
            .where(tokens.c.digest == _digest(token))
        )
        with self.store.read() as connection:
            row = connection.execute(query).first()
        if row is None or row.revoked is not None or not row.is_active:
            return None
        if row.expires is not None and row.expires <= time.time():
            return None
        return Caller(_as_account(row), row.scope)

    def grant(self, repository: Repository, account: Account, may_write: bool) -> None:
        """The account may read the repository though it is private, or write to it too."""
        from sqlalchemy import delete, insert

        from hauberk.registry.tables import grants

        row = {"repository": repository.id, "account": account.id}
        with self.store.write(TURN) as connection:
            connection.execute(delete(grants).filter_by(**row))
            connection.execute(insert(grants).values(row | {"may_write": may_write}))

    def withdraw(self, repository: Repository, account: Account) -> None:
        """The account has no grant to the repository any more."""
        from sqlalchemy import delete

        from hauberk.registry.tables import grants

        row = {"repository": repository.id, "account": account.id}
        with self.store.write(TURN) as connection:
            connection.execute(delete(grants).filter_by(**row))

    def may_read(self, caller: Caller, repository: Repository) -> bool:
        """Whether the repository exists for the caller."""
        return not repository.is_private or caller.is_admin or self._grant(caller, repository) is not None

    def may_write(self, caller: Caller, repository: Repository) -> bool:
        """Whether the caller may commit: a token to write with, a role that contributes, and a grant."""
        if not caller.may_change:
            return False
        return caller.is_admin or (
            caller.has_role(CONTRIBUTOR, APPROVER, ADMIN) and self._grant(caller, repository) is True
        )

    def may_create(self, caller: Caller, namespace: str) -> bool:
        """Whether the caller may make a repository there: in no other account's namespace."""
        if not caller.may_change or not caller.has_role(CONTRIBUTOR, APPROVER, ADMIN):
            return False
        if caller.is_admin or (caller.account and caller.account.name.lower() == namespace.lower()):
            return True
        try:
            self.by_name(namespace)
        except MissingPath:
            return True
        return False

    def _grant(self, caller: Caller, repository: Repository) -> bool | None:
        """What was granted to the caller: True to write, False to read, None nothing."""
        from sqlalchemy import select

        from hauberk.registry.tables import grants

        if caller.account is None:
            return None
        query = select(grants.c.may_write).where(
            grants.c.repository == repository.id, grants.c.account == caller.account.id
        )
        with self.store.read() as connection:
            found: bool | None = connection.execute(query).scalar()
        return found


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Malformed(f"{role[:40]!a} is no role: {', '.join(ROLES)}")


def _digest(token: str) -> str:
    # 256 random bits cannot be guessed, so that a slow hash would protect nothing.
    return hashlib.sha256(token.encode()).hexdigest()


def _by_name(connection: Connection, name: str) -> Account:
    from sqlalchemy import select

    from hauberk.registry.tables import accounts

    row = None
    if NAME.fullmatch(name):
        row = connection.execute(select(accounts).where(accounts.c.folded == name.lower())).first()
    if row is None:
        raise MissingPath(f"there is no account {name[:80]!a}")
    return _as_account(row)


def _as_account(row: Row[tuple[object, ...]]) -> Account:
    return Account(row.id, row.name, row.role, row.is_active)
