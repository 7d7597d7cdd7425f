"""The store that stock clients send large files to: xorbs first, then shards that say what they make.

Source: huggingface/xet-core, spec/api.md and spec/auth.md. Nobody is told whether a chunk is here
already: that would tell strangers what others have.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import ExitStack
from io import BufferedRandom
from pathlib import Path

from aiohttp import web

from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed
from hauberk.registry.denied import Denied
from hauberk.registry.huggingface.revisions import here_of
from hauberk.registry.huggingface.xet.hashes import from_text, text
from hauberk.registry.huggingface.xet.rebuild import check, rebuild
from hauberk.registry.huggingface.xet.shard import MAX_SHARD, File, read_shard
from hauberk.registry.huggingface.xet.xorb import Unpacker
from hauberk.registry.landing import batches
from hauberk.registry.limits import check_size
from hauberk.registry.repository import Repository
from hauberk.registry.site import SITE, Site, on_thread, token_of
from hauberk.registry.xorbs import AtHand, Xorbs

SEND = "send xorbs and shards"
SEND_SECONDS = 3600  # clients ask for another pass before it ends
EXPANSION = 1_000  # times what was sent that a file may have; beyond REPEATED bytes
REPEATED = 8 << 30


async def write_token(request: web.Request) -> web.Response:
    """Where to send large files, and a pass for it."""
    here = await here_of(request)
    await here.check_writes()
    account = here.caller.account
    assert account is not None  # nobody in particular may write
    until = int(time.time()) + SEND_SECONDS
    bearer = here.site.links.issue(SEND, (str(here.repository.id), account.name), SEND_SECONDS)
    # Clients remember by address what they have sent, and never send it again. An address for each repository
    # of each registry keeps them from relying on what is elsewhere, or was before a restore.
    place = f"{request.url.origin()}/xet/{here.site.links.name}-{here.repository.id}"
    headers = {
        "X-Xet-Cas-Url": place,
        "X-Xet-Access-Token": bearer,
        "X-Xet-Token-Expiration": str(until),
    }
    told = {"casUrl": place, "accessToken": bearer, "exp": until}
    return web.json_response(told, headers=headers)


async def _sender(request: web.Request) -> tuple[Site, Repository]:
    """For which repository somebody sends, if both are still there. Raises Denied."""
    site = request.app[SITE]
    found = site.links.read(SEND, token_of(request) or "")
    if found is None:
        raise Denied(401, "this pass is not valid any more, or never was")
    return await on_thread(_still, site, int(found[0]), found[1])


def _still(site: Site, number: int, name: str) -> tuple[Site, Repository]:
    repository, account = site.hub.by_id(number), site.accounts.by_name(name)
    if repository is None or not account.is_active:
        raise Denied(403, "the repository is gone, or the account")
    return site, repository


async def unknown(request: web.Request) -> web.Response:
    """No chunk is known to strangers."""
    await _sender(request)
    raise Denied(404, "not known here")


async def take_xorb(request: web.Request) -> web.Response:
    """A xorb comes; it is kept if its chunks have the hash that it is sent under."""
    site, repository = await _sender(request)
    named = from_text(request.match_info["hash"])
    target = await on_thread(_begin, site)
    try:
        unpacker = Unpacker(target)
        async for octets in batches(request.content, site.limits.silence):
            await on_thread(unpacker.feed, octets)
        is_new = await on_thread(_keep, site, repository, (unpacker, target, named))
    finally:
        target.close()
        Path(target.name).unlink(missing_ok=True)
    return web.json_response({"was_inserted": is_new})


def _begin(site: Site) -> BufferedRandom:
    handle, name = tempfile.mkstemp(dir=site.blobs.incoming())
    os.close(handle)
    return Path(name).open("w+b")


def _keep(site: Site, repository: Repository, come: tuple[Unpacker, BufferedRandom, bytes]) -> bool:
    unpacker, target, named = come
    found = unpacker.finish()
    if found != named:
        raise Malformed(f"the xorb is {text(found)}, and {text(named)} was announced")
    target.flush()
    os.fsync(target.fileno())
    target.seek(0)
    digest = Digest(hashlib.file_digest(target, "sha256").hexdigest())
    site.blobs.settle(Path(target.name), digest)
    return Xorbs(site.store).keep(repository, text(found), digest)


async def take_shard(request: web.Request) -> web.Response:
    """A shard comes; its files are put together, and belong to the repository."""
    site, repository = await _sender(request)
    found = bytearray()
    async for octets in batches(request.content, site.limits.silence):
        found += octets
        check_size(len(found), MAX_SHARD, "a shard")
    files = await on_thread(read_shard, bytes(found))
    for file in files:
        check_size(file.size, site.limits.blob, "a file")
        _check_expansion(file)
        await on_thread(_put_together, site, repository, file)
    return web.json_response({"result": 1})


def _check_expansion(file: File) -> None:
    """Raises OverBudget for a file that is little, said over and over: a small shard could fill any disk."""
    once = {(each.xorb, each.first, each.last): each.size for each in file.terms}
    allowed = max(REPEATED, EXPANSION * sum(once.values()))
    check_size(
        file.size, allowed, f"a file of {len(file.terms)} ranges that repeat each other, and it is one"
    )


def _put_together(site: Site, repository: Repository, file: File) -> None:
    if file.digest and site.hub.brought(repository, [file.digest]).get(file.digest) == file.size:
        return
    known = Xorbs(site.store).find(repository, (text(each.xorb) for each in file.terms))
    handle, name = tempfile.mkstemp(dir=site.blobs.incoming())
    at_hand = AtHand(site.blobs, known)
    with ExitStack() as stack, os.fdopen(handle, "wb") as target:
        stack.callback(Path(name).unlink, missing_ok=True)
        stack.callback(at_hand.close)
        check(file, at_hand.index)
        digest = rebuild(file, at_hand.open, target)
        target.flush()
        os.fsync(target.fileno())
        site.blobs.settle(Path(name), digest)
    site.hub.bring(repository, digest, file.size)
