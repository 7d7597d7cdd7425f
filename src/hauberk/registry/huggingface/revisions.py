"""Revisions: trees, paths, branches, tags, history."""

from __future__ import annotations

from aiohttp import web

from hauberk.core.errors import Malformed
from hauberk.registry.denied import ENTRY, Denied
from hauberk.registry.huggingface.repositories import KINDS, repository_name
from hauberk.registry.huggingface.words import commit_words, entry_words, folder_words, listed, refs_words
from hauberk.registry.repository import BRANCH, MAIN, TAG
from hauberk.registry.site import Visit, json_of, on_thread, visit

PAGE = 1_000  # entries or commits in one answer
MAX_ASKED = 10_000  # paths in one question


async def here_of(request: web.Request) -> Visit:
    """The visit to the repository in the address."""
    return await visit(request, KINDS[request.match_info["kind"]], repository_name(request))


async def tree(request: web.Request) -> web.Response:
    """What is in a folder, a page at a time."""
    here = await here_of(request)
    commit = await here.permitted(request.match_info["revision"], shown_to_writers=True)
    found = await on_thread(here.site.hub.tree, commit)
    folder = request.match_info.get("path", "").strip("/")
    if folder and folder not in found.folders:
        raise Denied(404, f"{here.repository.name} has no folder {folder[:200]!a}", ENTRY)
    is_recursive = request.query.get("recursive", "").lower() in ("true", "1")
    after = request.query.get("cursor", "")
    rows = [each for each in listed(found, folder, is_recursive) if str(each["path"]) > after]
    headers = {}
    if len(rows) > PAGE:
        following = request.url.update_query(cursor=str(rows[PAGE - 1]["path"]))
        headers["Link"] = f'<{following}>; rel="next"'
    return web.json_response(rows[:PAGE], headers=headers)


async def paths(request: web.Request) -> web.Response:
    """Those of the asked paths that are there."""
    here = await here_of(request)
    commit = await here.permitted(request.match_info["revision"], shown_to_writers=True)
    asked = await _asked_paths(request)
    found = await on_thread(here.site.hub.tree, commit)
    rows = []
    for path in asked:
        if path in found.by_path:
            rows.append(entry_words(found.by_path[path]))
        elif path.strip("/") in found.folders:
            rows.append(folder_words(found, path.strip("/")))
    return web.json_response(rows)


async def _asked_paths(request: web.Request) -> list[str]:
    """The paths that came as JSON or as a form."""
    asked: object
    if request.content_type == "application/json":
        paths = (await json_of(request)).get("paths")
        asked = [paths] if isinstance(paths, str) else paths
    else:
        asked = (await request.post()).getall("paths", [])
    if not isinstance(asked, list) or len(asked) > MAX_ASKED:
        raise Malformed(f"a question for paths names 1 to {MAX_ASKED} of them")
    return [each for each in asked if isinstance(each, str)]


async def refs(request: web.Request) -> web.Response:
    """The branches and tags."""
    here = await here_of(request)
    return web.json_response(refs_words(await on_thread(here.site.hub.refs, here.repository)))


async def history(request: web.Request) -> web.Response:
    """The commits before a revision, newest first."""
    here = await here_of(request)
    commit = await here.commit(request.match_info["revision"])
    found = await on_thread(here.site.hub.history, commit)
    headers = {"X-Total-Count": str(len(found))}
    return web.json_response([commit_words(each) for each in found], headers=headers)


async def add_tag(request: web.Request) -> web.Response:
    """Name a revision."""
    here = await here_of(request)
    await here.check_writes()
    name = (await json_of(request)).get("tag")
    if not isinstance(name, str):
        raise Malformed("the request names no tag")
    commit = await here.commit(request.match_info["revision"])
    await on_thread(here.site.hub.add_ref, here.repository, TAG, name, commit.id)
    return web.json_response({})


async def remove_tag(request: web.Request) -> web.Response:
    """Take a tag away."""
    here = await here_of(request)
    await here.check_writes()
    await on_thread(here.site.hub.remove_ref, here.repository, TAG, request.match_info["revision"])
    return web.json_response({})


async def add_branch(request: web.Request) -> web.Response:
    """Begin a branch at a revision."""
    here = await here_of(request)
    await here.check_writes()
    start = (await json_of(request)).get("startingPoint") or MAIN
    if not isinstance(start, str):
        raise Malformed("startingPoint is a revision")
    commit = await here.commit(start)
    await on_thread(here.site.hub.add_ref, here.repository, BRANCH, request.match_info["revision"], commit.id)
    return web.json_response({})


async def remove_branch(request: web.Request) -> web.Response:
    """Take a branch away."""
    here = await here_of(request)
    await here.check_writes()
    await on_thread(here.site.hub.remove_ref, here.repository, BRANCH, request.match_info["revision"])
    return web.json_response({})
