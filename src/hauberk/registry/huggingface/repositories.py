"""Repositories: who am I, make, remove, rename, list."""

from __future__ import annotations

from aiohttp import web

from hauberk.core.errors import Conflict, Malformed
from hauberk.core.statement import Json
from hauberk.registry.accounts import ADMINISTER, Caller
from hauberk.registry.denied import Denied
from hauberk.registry.hub import MAX_LISTED, Listed
from hauberk.registry.huggingface.words import repository_words
from hauberk.registry.repository import DATASET, MAIN, MODEL, Repository, checked_name
from hauberk.registry.site import SITE, Site, caller_of, json_of, on_thread, visit

KINDS = {"models": MODEL, "datasets": DATASET}


async def whoami(request: web.Request) -> web.Response:
    """Who the token speaks for."""
    caller = await caller_of(request)
    if caller.account is None:
        raise Denied(401, "Invalid credentials in Authorization header")
    role = {"read": "read", "write": "write", ADMINISTER: "write"}[caller.scope]
    name = caller.account.name
    token = {"displayName": "token", "role": role}
    return web.json_response(
        {
            "type": "user",
            "id": f"{caller.account.id:024x}",
            "name": name,
            "fullname": name,
            "isPro": False,
            "orgs": [],
            "auth": {"type": "access_token", "accessToken": token},
        }
    )


async def create(request: web.Request) -> web.Response:
    """Make a repository; 409 with its address where it is there, which `exist_ok` takes for success."""
    site, caller = request.app[SITE], await caller_of(request)
    asked = await json_of(request)
    kind, name = _named(asked, caller)
    is_private = asked.get("visibility") == "private" or asked.get("private") is True
    if caller.account is None or not await on_thread(
        site.accounts.may_create, caller, name.partition("/")[0]
    ):
        raise Denied(403, f"{caller.name} may not create {name} with this token")
    try:
        found = await on_thread(
            site.hub.create, kind, name, caller.account.id, is_private, caller.account.name
        )
    except Conflict as error:
        return await _taken(request, site, (caller, kind, name), str(error))
    return web.json_response({"url": address(request, found), "name": found.name, "id": found.name})


async def _taken(
    request: web.Request, site: Site, asked: tuple[Caller, str, str], words: str
) -> web.Response:
    """The answer where the name is taken; by whom is told to those only who may see the repository."""
    caller, kind, name = asked
    found = await on_thread(site.hub.find, kind, name)
    told: dict[str, Json] = {"error": words}
    is_seen = await on_thread(site.accounts.may_read, caller, found) if found else False
    if found and is_seen:
        told["url"] = address(request, found)
    return web.json_response(told, status=409)


def _named(asked: dict[str, Json], caller: Caller) -> tuple[str, str]:
    """The kind and name of the repository that a request is about. Raises Malformed."""
    kind, name, place = (asked.get(each) for each in ("type", "name", "organization"))
    if not isinstance(name, str) or not isinstance(place or "", str):
        raise Malformed("the request names no repository")
    if kind not in (None, MODEL, DATASET):
        raise Malformed("repositories here are models or datasets")
    return str(kind or MODEL), checked_name(name if "/" in name else f"{place or caller.name}/{name}")


def address(request: web.Request, repository: Repository) -> str:
    """Where clients find the repository."""
    prefix = "datasets/" if repository.kind == DATASET else ""
    return f"{request.url.origin()}/{prefix}{repository.name}"


async def delete(request: web.Request) -> web.Response:
    """Take a repository away."""
    kind, name = _named(await json_of(request), await caller_of(request))
    here = await visit(request, kind, name)
    await here.check_writes()
    await on_thread(here.site.hub.delete, here.repository)
    return web.json_response({})


async def move(request: web.Request) -> web.Response:
    """Rename a repository."""
    asked = await json_of(request)
    source, target, kind = asked.get("fromRepo"), asked.get("toRepo"), asked.get("type") or MODEL
    if not all(isinstance(each, str) for each in (source, target, kind)):
        raise Malformed("the request names no repository")
    here = await visit(request, str(kind), str(source))
    await here.check_writes()
    place = checked_name(str(target)).partition("/")[0]
    if not await on_thread(here.site.accounts.may_create, here.caller, place):
        raise Denied(403, f"{here.caller.name} may not move a repository to {place}")
    await on_thread(here.site.hub.move, here.repository, str(target))
    return web.json_response({})


async def settings(request: web.Request) -> web.Response:
    """Say who sees a repository."""
    here = await visit(request, KINDS[request.match_info["kind"]], repository_name(request))
    await here.check_writes()
    asked = await json_of(request)
    wanted = asked.get("visibility", {True: "private", False: "public"}.get(asked.get("private") is True))
    if wanted not in ("private", "public"):
        raise Malformed("a repository is private or public")
    await on_thread(here.site.hub.show, here.repository, wanted == "private")
    return web.json_response({"private": wanted == "private"})


def repository_name(request: web.Request) -> str:
    """The name in the address."""
    return f"{request.match_info['space']}/{request.match_info['name']}"


async def listing(request: web.Request) -> web.Response:
    """The repositories that the caller may see."""
    site, caller = request.app[SITE], await caller_of(request)
    query = request.query
    limit = query.get("limit", str(MAX_LISTED))
    if not limit.isdecimal() or len(limit) > 9:
        raise Malformed("limit is a whole number")
    count = max(1, min(int(limit), MAX_LISTED))
    asked = Listed(
        KINDS[request.match_info["kind"]],
        query.get("search", "")[:200],
        caller.account.id if caller.account else None,
        caller.is_admin,
        query.get("cursor", "")[:200].replace("\0", ""),
        count,
        query.get("author", "")[:100],
    )
    found = await on_thread(site.hub.listing, asked)
    headers = {}
    if len(found) == count and count == MAX_LISTED:
        following = request.url.update_query(cursor=found[-1].name)
        headers["Link"] = f'<{following}>; rel="next"'
    rows = [repository_words(each, None, None) for each in found]
    return web.json_response(rows, headers=headers)


async def validate_card(request: web.Request) -> web.Response:
    """A card's metadata is judged by the scan, with everything else."""
    await caller_of(request)
    await json_of(request)
    return web.json_response({"errors": [], "warnings": []})


async def information(request: web.Request) -> web.Response:
    """What a repository is, and at a revision what it is made of."""
    here = await visit(request, KINDS[request.match_info["kind"]], repository_name(request))
    revision = request.match_info.get("revision", MAIN)
    commit = await here.permitted(revision, shown_to_writers=True)
    tree = await on_thread(here.site.hub.tree, commit)
    return web.json_response(repository_words(here.repository, commit, tree))
