"""Large files in parts: stock clients refuse to read more than 50 GB whole, and then ask in the way of Xet.

Whoever asks is asked at every part whether the version may still be read: a recall ends a download.
Source: huggingface/xet-core, spec/api.md and spec/auth.md.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import BinaryIO

from aiohttp import web

from hauberk.core.digest import Digest
from hauberk.registry.accounts import NOBODY, Caller
from hauberk.registry.denied import ENTRY, REPOSITORY, Denied
from hauberk.registry.huggingface.revisions import here_of
from hauberk.registry.huggingface.xet.hashes import from_text, text
from hauberk.registry.huggingface.xet.outline import packed, packed_size, reconstruction
from hauberk.registry.outlines import READING, Outlines
from hauberk.registry.repository import Commit
from hauberk.registry.site import SITE, Site, Visit, on_thread, token_of
from hauberk.registry.tree import Entry

ASK, FETCH = "ask for parts", "fetch parts"
SECONDS = 3600  # clients ask for another pass before it ends
RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")


async def read_token(request: web.Request) -> web.Response:
    """Where to ask for the parts of a version's large files, and a pass for it."""
    here = await here_of(request)
    commit = await here.permitted(request.match_info["revision"])
    account = here.caller.account
    what = (str(here.repository.id), account.name if account else "", here.caller.scope, commit.id)
    bearer, until = here.site.links.issue(ASK, what, SECONDS), int(time.time()) + SECONDS
    place = f"{request.url.origin()}/xet/{here.site.links.name}-{here.repository.id}"
    headers = {
        "X-Xet-Cas-Url": place,
        "X-Xet-Access-Token": bearer,
        "X-Xet-Token-Expiration": str(until),
    }
    told = {"casUrl": place, "accessToken": bearer, "exp": until}
    return web.json_response(told, headers=headers)


async def headers_of(request: web.Request, here: Visit, commit: Commit, entry: Entry) -> dict[str, str]:
    """What tells clients that the file is to be had in parts; nothing where it is read whole."""
    site = here.site
    if entry.size <= site.limits.whole:
        return {}
    outlines = Outlines(site.store, site.blobs)
    # Admission makes it before anybody may read. It is missing for what came with an earlier Hauberk.
    outline = await on_thread(outlines.find, entry.digest)
    if outline is None:
        if READING.locked():
            raise Denied(503, "the file is being made ready to be sent in parts: ask again in some minutes")
        outline = await on_thread(outlines.make, entry.digest)
    kind = f"{here.repository.kind}s"
    route = f"{request.url.origin()}/api/{kind}/{here.repository.name}/xet-read-token/{commit.id}"
    return {"X-Xet-Hash": text(outline.hash), "X-Xet-Refresh-Route": route}


async def reconstruct(request: web.Request) -> web.Response:
    """Of which parts a file is made, or a range of it, and where each is found."""
    site = request.app[SITE]
    what = site.links.read(ASK, token_of(request) or "")
    if what is None:
        raise Denied(401, "this pass is not valid any more, or never was")
    named = request.match_info["hash"]
    from_text(named)
    commit = await _permitted(site, what)
    outlines = Outlines(site.store, site.blobs)
    digests = await on_thread(outlines.named, named)
    tree = await on_thread(site.hub.tree, commit)
    entry = next((each for each in tree.entries if each.digest in digests), None)
    outline = await on_thread(outlines.find, entry.digest) if entry else None
    if entry is None or outline is None:
        raise Denied(404, f"no file of {commit.id[:12]} has the Xet hash {named}", ENTRY)
    asked = _asked(request, outline.size)
    ticket = site.links.issue(FETCH, (*what, entry.digest.hex), SECONDS)
    address = f"{request.url.origin()}/xet/{request.match_info['registry']}/parts/{ticket}"
    told = await on_thread(reconstruction, outline, asked, address)
    return web.json_response(told)


def _asked(request: web.Request, size: int) -> tuple[int, int]:
    """The bytes of the file that the request is about: from which to before which."""
    start, end = 0, size
    if "Range" in request.headers:
        found = RANGE.fullmatch(request.headers["Range"])
        if found is None:
            raise Denied(416, "this range is not understood")
        start = int(found[1])
        end = min(size, int(found[2]) + 1) if found[2] else size
    if start >= end:
        raise Denied(416, f"the range begins where the file of {size} bytes has ended")
    return start, end


async def fetch(request: web.Request) -> web.StreamResponse:
    """A part of a file, packed while it is sent."""
    site = request.app[SITE]
    what = site.links.read(FETCH, request.match_info["ticket"])
    if what is None:
        raise Denied(403, "this link is not valid any more, or never was")  # clients then ask for new ones
    *bearer, digest = what
    await _permitted(site, tuple(bearer))
    start, size = (int(request.match_info[each]) for each in ("start", "size"))
    path = await on_thread(site.blobs.local, Digest(digest))
    with await on_thread(path.open, "rb") as source:
        return await _send(request, source, start, size)


async def _send(request: web.Request, source: BinaryIO, start: int, size: int) -> web.StreamResponse:
    pieces, whole, at = packed(source, start, size), packed_size(size), 0
    octets = await on_thread(_next, pieces)  # what cannot be is said before anything is sent
    first, last = _asked(request, whole)
    found = web.StreamResponse(status=206 if "Range" in request.headers else 200)
    found.content_type = "application/octet-stream"
    found.content_length = last - first
    if found.status == 206:
        found.headers["Content-Range"] = f"bytes {first}-{last - 1}/{whole}"
    await found.prepare(request)
    while octets is not None and at < last:
        wanted = octets[max(0, first - at) : max(0, last - at)]
        at += len(octets)
        if wanted:
            await found.write(wanted)
        octets = await on_thread(_next, pieces)
    await found.write_eof()
    return found


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


async def _permitted(site: Site, what: tuple[str, ...]) -> Commit:
    """The version that the pass is for, which its bearer may read now. Raises Denied."""
    number, account, scope, revision = what
    return await (await on_thread(_visit, site, int(number), account, scope)).permitted(revision)


def _visit(site: Site, number: int, account: str, scope: str) -> Visit:
    repository = site.hub.by_id(number)
    caller = Caller(site.accounts.by_name(account), scope) if account else NOBODY
    is_wanted = caller.account.is_active if caller.account else site.is_open
    if repository is None or not is_wanted or not site.accounts.may_read(caller, repository):
        raise Denied(404, "the repository is gone, or the account", REPOSITORY)
    return Visit(site, caller, repository)
