"""The site: all that answering a request needs, and who is asking."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

from aiohttp import web

from hauberk.core.errors import MissingPath
from hauberk.core.statement import Json
from hauberk.core.strict import read_json
from hauberk.registry.accounts import NOBODY, Accounts, Caller
from hauberk.registry.denied import REPOSITORY, REVISION, Denied
from hauberk.registry.hub import Hub
from hauberk.registry.limits import Limits, Rates
from hauberk.registry.links import Links
from hauberk.registry.permission import Permits
from hauberk.registry.repository import MAIN, Commit, Repository

if TYPE_CHECKING:
    from hauberk.store import Blobs, Store

P = ParamSpec("P")
T = TypeVar("T")
Route = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Site:
    """One registry; `environment` is what its readers load for, `is_open` lets nobody in particular read."""

    hub: Hub
    accounts: Accounts
    permits: Permits
    links: Links
    limits: Limits = field(default_factory=Limits)
    environment: str = "dev"
    is_open: bool = False
    rates: Rates = field(default_factory=lambda: Rates(Limits().requests))

    @property
    def store(self) -> Store:
        """The database."""
        return self.hub.store

    @property
    def blobs(self) -> Blobs:
        """The files."""
        return self.hub.blobs


SITE = web.AppKey("site", Site)


class Fetches(Protocol):
    """Who brings what the registry lacks."""

    async def wanted(self, kind: str, name: str, revision: str) -> str:
        """Words about why a version is not here yet, or will not come; empty where it has come."""


MIRROR = web.AppKey("mirror", Fetches)


async def on_thread(function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """What the function returns, while other requests are answered."""
    return await asyncio.to_thread(function, *args, **named)


def token_of(request: web.Request) -> str | None:
    """The token that came: as a bearer, or as the password that Git sends."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeError):
            return ""
    return None if not scheme else ""


async def caller_of(request: web.Request) -> Caller:
    """Who asks. Raises Denied for a token that is worth nothing, and for nobody where a token is needed."""
    site, token = request.app[SITE], token_of(request)
    if token is None:
        if site.is_open:
            return NOBODY
        raise Denied(401, "this registry asks for a token", REPOSITORY)
    caller = await on_thread(site.accounts.caller, token)
    if caller is None:
        raise Denied(401, "Invalid credentials in Authorization header")
    return caller


@dataclass(frozen=True, slots=True)
class Visit:
    """A caller at a repository that they may see."""

    site: Site
    caller: Caller
    repository: Repository
    mirror: Fetches | None = None

    async def check_writes(self) -> None:
        """Raises Denied where the caller may not change the repository."""
        if not await on_thread(self.site.accounts.may_write, self.caller, self.repository):
            raise Denied(403, f"{self.caller.name} may not write to {self.repository.name} with this token")

    async def commit(self, revision: str) -> Commit:
        """The commit that a revision means, whether or not it may be read. Raises Denied."""
        try:
            return await on_thread(self.site.hub.resolve, self.repository, revision)
        except MissingPath as error:
            words = str(error)
            if self.mirror is not None:
                words = await self.mirror.wanted(self.repository.kind, self.repository.name, revision)
            if words:
                raise Denied(404, words, REVISION) from error
        return await on_thread(self.site.hub.resolve, self.repository, revision)

    async def permitted(self, revision: str, shown_to_writers: bool = False) -> Commit:
        """The commit that a revision means, which may be read now. Raises Denied.

        A branch means what was promoted, where versions enter by promotion. What was never allowed is in no
        cache, so that those who write may see what it is made of.
        """
        commit = await self.commit(revision)
        site = self.site
        sees_all = shown_to_writers and await on_thread(site.accounts.may_write, self.caller, self.repository)
        if not sees_all and await on_thread(site.hub.is_branch, self.repository, revision):
            served = await on_thread(site.permits.served, self.repository, site.environment)
            commit = await self.commit(served) if served else commit
        answer = await on_thread(site.permits.permit, self.repository, commit, site.environment)
        if answer.is_allowed or (sees_all and not answer.is_withdrawn):
            return commit
        raise Denied(404, f"{self.repository.name} at {commit.id[:12]} is refused: {answer.words}", REVISION)


async def visit(request: web.Request, kind: str, name: str) -> Visit:
    """The visit to a repository. Raises Denied, in the same words for hidden and not there."""
    site, caller = request.app[SITE], await caller_of(request)
    found, mirror = await on_thread(site.hub.find, kind, name), request.app.get(MIRROR)
    if found is None and mirror is not None:
        words = await mirror.wanted(kind, name, request.match_info.get("revision", MAIN))
        if words:
            raise Denied(404, words, REVISION)
        found = await on_thread(site.hub.find, kind, name)
    if found is None or not await on_thread(site.accounts.may_read, caller, found):
        raise Denied(404, f"there is no {kind} {name[:200]} that {caller.name} may see", REPOSITORY)
    return Visit(site, caller, found, mirror)


async def json_of(request: web.Request) -> dict[str, Json]:
    """The JSON object that came. Raises Malformed, OverBudget and Denied."""
    from hauberk.core.errors import Malformed
    from hauberk.registry.landing import batches

    limits = request.app[SITE].limits
    found = bytearray()
    async for octets in batches(request.content, limits.silence):
        found += octets
        if len(found) > limits.json:
            raise Denied(413, f"a request of more than {limits.json} bytes")
    value = read_json(bytes(found), limits.json) if found else {}
    if not isinstance(value, dict):
        raise Malformed("the request is no JSON object")
    return value
