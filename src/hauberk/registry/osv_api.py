"""The API of OSV over the advisories of a store, so that stock clients work on a closed network.

What nothing is known of is refused, not answered with an empty list: no advisories about an ecosystem, a
version that cannot be ordered, or advisories older than allowed are not the same as no vulnerability.

Source: OSV documentation, "API", `POST /v1/query`, `POST /v1/querybatch`, `GET /v1/vulns/{id}`.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from hauberk.analysis.vulnerabilities.match import judged
from hauberk.core.advisory import Advisory
from hauberk.core.assessment import Standing
from hauberk.core.errors import HauberkError, Inaccessible, UnreadableAsset
from hauberk.core.package import Package, normalised
from hauberk.core.statement import Json
from hauberk.core.strict import read_json
from hauberk.formats.component_list import package_of
from hauberk.store.advisories import Advisories

LOG = logging.getLogger("hauberk.advisories")
# Bytes of a request, and queries in one: OSV itself takes a thousand.
MAX_REQUEST = 4 << 20
MAX_QUERIES = 1_000
# Days that advisories may be old, unless the operator says otherwise.
MAX_AGE = 30
# gRPC's codes, which OSV's answers have (google.rpc.Code).
INVALID, NOT_FOUND, UNKNOWN_STATE, UNIMPLEMENTED, UNAVAILABLE = 3, 5, 9, 12, 14
STATUS = {INVALID: 400, NOT_FOUND: 404, UNKNOWN_STATE: 400, UNIMPLEMENTED: 501, UNAVAILABLE: 503}

T = TypeVar("T")


class No(Exception):
    """A request that is refused: gRPC's code, and why."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answering:
    """The advisories that are asked, and how old (days) they may be."""

    advisories: Advisories
    max_age: int = MAX_AGE


ANSWERING = web.AppKey("answering", Answering)


def application(answering: Answering) -> web.Application:
    """The application that answers like OSV."""
    app = web.Application(middlewares=[refused], client_max_size=MAX_REQUEST)
    app[ANSWERING] = answering
    app.router.add_route("POST", "/v1/query", query)
    app.router.add_route("POST", "/v1/querybatch", query_batch)
    app.router.add_route("GET", "/v1/vulns/{id:.+}", record)
    app.router.add_route("GET", "/-/health", health)
    app.router.add_route("GET", "/-/status", status)
    return app


@web.middleware
async def refused(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say why not, as OSV does."""
    try:
        return await handler(request)
    except No as error:
        return _no(error.code, str(error))
    except Inaccessible as error:
        LOG.warning("%s %s: %s", request.method, request.path, error)
        return _no(UNAVAILABLE, "the store cannot be reached")
    except (HauberkError, ValueError) as error:
        return _no(INVALID, str(error)[:300])


def _no(code: int, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=STATUS[code])


async def query(request: web.Request) -> web.Response:
    """Every record that affects a version of a package."""
    asked = await _asked(request)
    return _json(await _on_thread(lambda: _found(request.app[ANSWERING], asked)))


def _found(answering: Answering, asked: dict[str, Json]) -> bytes:
    _refuse_old(answering)
    ids = [each.id for each in _matching(answering.advisories, asked)]
    records = [answering.advisories.record(each) for each in ids]
    whole = b",".join(each for each in records if each is not None)
    return b'{"vulns":[' + whole + b"]}" if ids else b"{}"


async def query_batch(request: web.Request) -> web.Response:
    """The ids of the records that affect each of many."""
    asked = await _asked(request)
    queries = asked.get("queries")
    if not isinstance(queries, list) or len(queries) > MAX_QUERIES:
        raise No(INVALID, f"queries: a list of at most {MAX_QUERIES}")
    return _json(await _on_thread(lambda: _found_many(request.app[ANSWERING], queries)))


def _found_many(answering: Answering, queries: list[Json]) -> bytes:
    _refuse_old(answering)
    results: list[Json] = []
    for each in queries:
        found = _matching(answering.advisories, each if isinstance(each, dict) else {})
        listed: list[Json] = [{"id": one.id, "modified": one.modified} for one in found]
        results.append({"vulns": listed} if listed else {})
    return json.dumps({"results": results}).encode()


async def record(request: web.Request) -> web.Response:
    """One record as it was imported."""
    id, advisories = request.match_info["id"], request.app[ANSWERING].advisories
    found = await _on_thread(lambda: advisories.record(id))
    if found is None:
        raise No(NOT_FOUND, "Bug not found.")
    return _json(found)


async def health(_: web.Request) -> web.Response:
    """That it answers."""
    return web.json_response({"status": "ok"})


async def status(request: web.Request) -> web.Response:
    """What was imported, and how old it is."""
    advisories = request.app[ANSWERING].advisories
    sources = await _on_thread(advisories.sources)
    listed = [
        {"name": each.name, "newest": each.newest, "records": each.records, "sha256": each.digest.hex}
        for each in sources
    ]
    return web.json_response({"sources": listed})


async def _asked(request: web.Request) -> dict[str, Json]:
    try:
        found = read_json(await request.read(), MAX_REQUEST)
    except UnreadableAsset as error:
        raise No(INVALID, f"the request is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise No(INVALID, "the request is no JSON object")
    return found


def _refuse_old(answering: Answering) -> None:
    """Advisories that are too old must not look like no vulnerabilities."""
    days = [each.newest[:10] for each in answering.advisories.sources() if each.newest]
    if not days:
        raise No(UNKNOWN_STATE, "no advisories were imported")
    age = (datetime.datetime.now(datetime.UTC).date() - datetime.date.fromisoformat(min(days))).days
    if age > answering.max_age:
        raise No(UNAVAILABLE, f"the advisories are {age} days old, and {answering.max_age} are allowed")


def _matching(advisories: Advisories, asked: dict[str, Json]) -> list[Advisory]:
    """The advisories about the package that is asked for; those of its version where one is named."""
    package = _package(asked)
    if not advisories.covered([package.ecosystem]):
        raise No(UNKNOWN_STATE, f"no advisories about {package.ecosystem} were imported")
    known = advisories.about([(package.ecosystem, package.name)]).get((package.ecosystem, package.name), [])
    if not package.version:
        return known
    found: list[Advisory] = []
    for each in known:
        standing = judged(package.ecosystem, package.version, each.affected)
        if standing.standing is Standing.UNKNOWN:
            raise No(UNKNOWN_STATE, f"{each.id}: {standing.reason}")
        if standing.standing is Standing.AFFECTED:
            found.append(each)
    return found


def _package(asked: dict[str, Json]) -> Package:
    named, version = asked.get("package"), asked.get("version")
    if "commit" in asked:
        raise No(UNIMPLEMENTED, "queries by commit are not answered: ask for a package")
    if not isinstance(named, dict) or not isinstance(version, str | None):
        raise No(INVALID, "package: an object with ecosystem and name, or with purl")
    match named:
        case {"purl": str(purl)}:
            package = package_of(purl)
            if package is None or not package.ecosystem:
                raise No(INVALID, f"purl: {purl[:100]!r} names no package of a known kind")
        case {"ecosystem": str(ecosystem), "name": str(name)} if ecosystem and name:
            package = Package(ecosystem, normalised(ecosystem, name), "")
        case _:
            raise No(INVALID, "package: an object with ecosystem and name, or with purl")
    if version and package.version and version != package.version:
        raise No(INVALID, "version: the purl has another one")
    return Package(package.ecosystem, package.name, version or package.version)


def _json(octets: bytes) -> web.Response:
    return web.Response(body=octets, content_type="application/json")


async def _on_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(None, work)
