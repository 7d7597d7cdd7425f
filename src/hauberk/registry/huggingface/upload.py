"""Uploads: what may come how, large files, and the commit that makes them visible."""

from __future__ import annotations

import json

from aiohttp import web

from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed
from hauberk.core.statement import Json
from hauberk.registry.denied import Denied
from hauberk.registry.huggingface.ndjson import Reader
from hauberk.registry.huggingface.repositories import address, repository_name
from hauberk.registry.huggingface.revisions import here_of
from hauberk.registry.landing import batches, land
from hauberk.registry.limits import check_size
from hauberk.registry.repository import DATASET, MODEL, Commit, Proposal
from hauberk.registry.site import SITE, Visit, json_of, on_thread, visit

PUT = "put a large file"
PUT_SECONDS = 24 * 3600  # a client asks for all of its links at once, and the last file may take long
MAX_OBJECTS = 1_000  # of one batch; clients send 256
LFS_JSON = "application/vnd.git-lfs+json"


async def preupload(request: web.Request) -> web.Response:
    """Which files come inside of the commit, and which as large files before it."""
    here = await here_of(request)
    await here.check_writes()
    asked = await json_of(request)
    commit = await here.commit(request.match_info["revision"])
    known = (await on_thread(here.site.hub.tree, commit)).by_path
    answer: list[Json] = []
    for path, size, sample in _announced(asked):
        entry = known.get(path)
        mode = "lfs" if size > here.site.limits.plain or not _is_text(sample) else "regular"
        oid: Json = (entry.digest.hex if entry.is_large else entry.git) if entry else None
        answer.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
    return web.json_response({"files": answer, "commitOid": commit.id})


def _announced(asked: dict[str, Json]) -> list[tuple[str, int, str]]:
    """The path, size and first octets (base64) of each file. Raises Malformed."""
    files = asked.get("files")
    if not isinstance(files, list):
        raise Malformed("a preupload names files")
    found = []
    for each in files:
        if not isinstance(each, dict):
            raise Malformed("a preupload names files by path and size")
        path, size, sample = each.get("path"), each.get("size"), each.get("sample", "")
        if not isinstance(path, str) or not isinstance(size, int) or not isinstance(sample, str):
            raise Malformed("a preupload names files by path and size")
        found.append((path, size, sample))
    return found


def _is_text(sample: str) -> bool:
    """Whether the first octets look like text; half a character at their end does no harm."""
    import base64
    import codecs

    try:
        octets = base64.b64decode(sample)
        codecs.getincrementaldecoder("utf-8")().decode(octets)
    except ValueError:
        return False
    return b"\0" not in octets


async def batch(request: web.Request) -> web.Response:
    """Where to put each large file; nothing for those that this repository has already."""
    kind = DATASET if request.path.startswith("/datasets/") else MODEL
    here = await visit(request, kind, repository_name(request))
    asked = await json_of(request)
    if asked.get("operation") != "upload":
        raise Malformed("large files are downloaded by their path, and only uploaded by batch")
    await here.check_writes()
    objects = asked.get("objects")
    if not isinstance(objects, list) or len(objects) > MAX_OBJECTS:
        raise Malformed(f"a batch names 1 to {MAX_OBJECTS} objects")
    wanted = [_object(each, here.site.limits.blob) for each in objects]
    there = await on_thread(here.site.hub.brought, here.repository, [each for each, _ in wanted])
    answer = [
        _instruction(request, here, (digest, size), there.get(digest) == size) for digest, size in wanted
    ]
    told = json.dumps({"transfer": "basic", "objects": answer, "hash_algo": "sha256"})
    return web.Response(text=told, content_type=LFS_JSON)


def _object(each: Json, limit: int) -> tuple[Digest, int]:
    oid, size = (each.get("oid"), each.get("size")) if isinstance(each, dict) else (None, None)
    return _digest(oid), check_size(_whole(size), limit, "a large file")


def _whole(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed("a size is a whole number of bytes")
    return value


def _digest(value: Json) -> Digest:
    """The digest. Raises Malformed for what is no SHA-256."""
    if not isinstance(value, str) or len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise Malformed("an object is named by its SHA-256")
    return Digest(value)


def _instruction(request: web.Request, here: Visit, wanted: tuple[Digest, int], is_there: bool) -> Json:
    digest, size = wanted
    found: dict[str, Json] = {"oid": digest.hex, "size": size, "authenticated": True}
    if not is_there:
        what = (str(here.repository.id), digest.hex, str(size), here.caller.name)
        ticket = here.site.links.issue(PUT, what, PUT_SECONDS)
        origin = str(request.url.origin())
        found["actions"] = {
            "upload": {"href": f"{origin}/lfs/{ticket}", "expires_in": PUT_SECONDS},
            "verify": {"href": f"{origin}/lfs/{ticket}/verify", "expires_in": PUT_SECONDS},
        }
    return found


async def put(request: web.Request) -> web.Response:
    """A large file comes; it is a blob of the repository if it is what was announced."""
    site = request.app[SITE]
    ticket = site.links.read(PUT, request.match_info["ticket"])
    if ticket is None:
        raise Denied(403, "this link is not valid any more, or never was")
    repository = await on_thread(site.hub.by_id, int(ticket[0]))
    digest, size = Digest(ticket[1]), int(ticket[2])
    if repository is None:
        raise Denied(404, "the repository is gone")
    if request.content_length not in (None, size):
        raise Malformed(f"{request.content_length} bytes are to come, and {size} were announced")
    async with land(request.content, site.blobs, size, site.limits.silence) as landed:
        if (landed.digest, landed.size) != (digest, size):
            raise Malformed(
                f"{landed.size} bytes with {landed.digest} came, and {size} with {digest} were announced"
            )
        await on_thread(site.blobs.settle, landed.path, digest)
    await on_thread(site.hub.bring, repository, digest, size)
    return web.Response()


async def verify(request: web.Request) -> web.Response:
    """Whether a large file has come."""
    site = request.app[SITE]
    ticket = site.links.read(PUT, request.match_info["ticket"])
    repository = await on_thread(site.hub.by_id, int(ticket[0])) if ticket else None
    if ticket is None or repository is None:
        raise Denied(403, "this link is not valid any more, or never was")
    digest = Digest(ticket[1])
    there = await on_thread(site.hub.brought, repository, [digest])
    if there.get(digest) != int(ticket[2]):
        raise Denied(404, f"{digest} has not come")
    return web.Response()


async def commit(request: web.Request) -> web.Response:
    """All of a commit becomes visible, or nothing of it."""
    here = await here_of(request)
    await here.check_writes()
    if request.query.get("create_pr") in ("1", "true"):
        raise Denied(400, "this registry has no pull requests: commit to a branch")
    limits = here.site.limits
    reader = Reader(here, limits)
    async for octets in batches(request.content, limits.silence):
        await on_thread(reader.feed, octets)
    proposal = await on_thread(reader.finish)
    found = await _committed(here, request.match_info["revision"], proposal)
    url = f"{address(request, here.repository)}/commit/{found.id}"
    return web.json_response(
        {"commitUrl": url, "commitOid": found.id, "pullRequestUrl": None, "success": True}
    )


async def _committed(here: Visit, branch: str, proposal: Proposal) -> Commit:
    name = branch.removeprefix("refs/heads/")
    return await on_thread(here.site.hub.commit, here.repository, name, proposal)
