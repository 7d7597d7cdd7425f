"""The upstream hub: one address that the operator named, and public ones that it sends clients on to.

A hub answers for large files with the address of a store elsewhere. That address is a stranger's word: it is
followed a few times, over TLS where the hub itself is, without the token, and never to a private address.
"""

from __future__ import annotations

import errno
import ipaddress
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from hauberk.core.errors import Inaccessible, Malformed, MissingPath, OverBudget, Refused
from hauberk.registry.mirror.rules import Offer, moment_of
from hauberk.registry.repository import DATASET

if TYPE_CHECKING:
    from aiohttp import ClientResponse

MAX_JSON = 64 << 20  # bytes
MAX_FILES = 10_000
MAX_HOPS = 5
SILENCE = 120.0  # seconds without an octet


class PublicOnly(AbstractResolver):
    """Resolves names to public addresses; the named hub alone may be anywhere.

    The connection is made to the very addresses that were looked at, so that a name cannot change its mind.
    """

    def __init__(self, named: str) -> None:
        self.named = named
        self.inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name. Raises OSError for one that is not public."""
        found = await self.inner.resolve(host, port, family)
        if host != self.named:
            for each in found:
                check_public(each["host"])
        return found

    async def close(self) -> None:
        """Let go of the resolver."""
        await self.inner.close()


def check_public(address: str) -> None:
    """Raises OSError for an address that is not of the public network."""
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError as error:
        raise OSError(errno.EACCES, f"{address} is no address") from error
    mapped = getattr(found, "ipv4_mapped", None) or found
    if not mapped.is_global or mapped.is_multicast:
        raise OSError(errno.EACCES, f"{address} is not a public address, and the mirror does not go there")


@asynccontextmanager
async def open_upstream(url: str, token: str) -> AsyncIterator[Upstream]:
    """The hub at the URL. Raises Refused for what is no http address."""
    base = URL(url)
    if base.scheme not in ("http", "https") or not base.host:
        raise Refused(f"{url}: a hub is at http:// or https://")
    limits = ClientTimeout(total=None, sock_connect=15, sock_read=SILENCE)
    connector = TCPConnector(resolver=PublicOnly(base.host), limit_per_host=8)
    async with ClientSession(timeout=limits, cookie_jar=DummyCookieJar(), connector=connector) as session:
        yield Upstream(base, token, session)


@dataclass(frozen=True, slots=True)
class Upstream:
    """Asks the hub, and reads what it says as what strangers say."""

    base: URL
    token: str
    session: ClientSession

    async def offer(self, kind: str, name: str, revision: str) -> Offer:
        """What the hub has under the revision. Raises MissingPath, Malformed, Inaccessible, OverBudget."""
        kinds = "datasets" if kind == DATASET else "models"
        found = await self._json(f"/api/{kinds}/{name}/revision/{quote(revision, safe='')}?blobs=true")
        files = found.get("siblings")
        own = found.get("sha")
        if not isinstance(files, list) or not isinstance(own, str):
            raise Malformed(f"{name}: the upstream hub does not say what is in it")
        if len(files) > MAX_FILES:
            raise OverBudget(f"{name}: more than {MAX_FILES} files")
        listed = tuple(_file(each, name) for each in files)
        card = found.get("cardData")
        licence = card.get("license") if isinstance(card, dict) else ""
        created = moment_of(found.get("createdAt"))
        return Offer(name, own, created, licence if isinstance(licence, str) else "", listed)

    async def _json(self, path: str) -> dict[str, Any]:
        async with self.opened(path) as answer:
            octets = bytearray()
            async for piece in answer.content.iter_chunked(1 << 16):
                octets += piece
                if len(octets) > MAX_JSON:
                    raise OverBudget(f"the upstream hub says more than {MAX_JSON} bytes to {path[:100]}")
        try:
            found = json.loads(octets)
        except (ValueError, RecursionError) as error:
            raise Malformed(f"the upstream hub answers no JSON to {path[:100]}") from error
        if not isinstance(found, dict):
            raise Malformed(f"the upstream hub answers no JSON object to {path[:100]}")
        return found

    @asynccontextmanager
    async def opened(self, path: str) -> AsyncIterator[ClientResponse]:
        """The answer with what the path names. Raises MissingPath, Refused, Inaccessible."""
        target = URL(str(self.base) + path, encoded=True)
        try:
            for _ in range(MAX_HOPS):
                headers = (
                    {"Authorization": f"Bearer {self.token}"} if self._is_own(target) and self.token else {}
                )
                async with self.session.get(target, headers=headers, allow_redirects=False) as answer:
                    if answer.status in (301, 302, 303, 307, 308):
                        target = self._next(target, answer.headers.get("Location", ""))
                        continue
                    if answer.status in (401, 403, 404):
                        raise MissingPath(f"the upstream hub answers {answer.status} to {path[:200]}")
                    if answer.status != 200:
                        raise Inaccessible(f"the upstream hub answers {answer.status} to {path[:200]}")
                    yield answer
                    return
        except (ClientError, TimeoutError, OSError) as error:
            raise Inaccessible(
                f"the upstream hub cannot be reached: {error or type(error).__name__}"
            ) from error
        raise Refused(f"the upstream hub sends us on more than {MAX_HOPS} times")

    def _is_own(self, target: URL) -> bool:
        return target.origin() == self.base.origin()

    def _next(self, here: URL, location: str) -> URL:
        """Where it sends us on to. Raises Refused where no mirror should go."""
        target = here.join(URL(location))
        if target.scheme not in ("http", "https") or not target.host:
            raise Refused(f"the upstream hub sends us to {location[:200]!a}")
        if here.scheme == "https" and target.scheme != "https":
            raise Refused("the upstream hub sends us from https to http")
        if target.host != self.base.host and _is_address(target.host):
            try:
                check_public(target.host)
            except OSError as error:
                raise Refused(f"the upstream hub sends us on: {error.strerror}") from error
        return target


def _file(found: object, name: str) -> tuple[str, int]:
    path, size = (found.get("rfilename"), found.get("size") or 0) if isinstance(found, dict) else (None, 0)
    if not isinstance(path, str) or not isinstance(size, int) or size < 0:
        raise Malformed(f"{name}: the upstream hub lists a file that has no name or size")
    return path, size


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return True
