"""Blobs: pushed whole or in pieces, mounted from where they may be read, and pulled as versions allow."""

from __future__ import annotations

from aiohttp import web

from hauberk.core.digest import Digest
from hauberk.core.errors import MissingPath
from hauberk.registry.denied import Denied
from hauberk.registry.huggingface.resolve import BlobResponse
from hauberk.registry.oci.kept import Manifests
from hauberk.registry.oci.places import here_of, writer_at
from hauberk.registry.oci.uploads import Upload, Uploads
from hauberk.registry.oci.words import (
    BLOB_UNKNOWN,
    DENIED,
    DIGEST_INVALID,
    UNSUPPORTED,
    VERSION,
    digest_of,
    path_of,
    spoken,
)
from hauberk.registry.site import Visit, on_thread

NO_PART = "this blob is part of no version"
UPLOADS = web.AppKey("uploads", Uploads)


@spoken
async def begin(request: web.Request) -> web.Response:
    """Begin an upload; or take a blob that comes whole, or that lies in another repository."""
    here = await writer_at(request, makes=True)
    wanted = request.query.get("mount")
    if wanted is not None and await _mounted(request, here, digest_of(wanted)):
        return _created(here, digest_of(wanted))
    uploads = request.app[UPLOADS]
    digest = digest_of(request.query["digest"]) if "digest" in request.query else None
    upload = await uploads.begin(here)
    if digest is None:
        return _accepted(here, upload, 202)
    try:
        await uploads.append(upload, request, here)
        await uploads.finish(upload, digest, here)
    finally:
        uploads.end(upload)
    return _created(here, digest)


async def _mounted(request: web.Request, here: Visit, digest: Digest) -> bool:
    """Whether the blob is the repository's now: it is there, or the caller may read it at `from`.

    Without that it must be pushed, so that nobody learns what others have.
    """
    hub = here.site.hub
    if digest in await on_thread(hub.brought, here.repository, [digest]):
        return True
    if "from" not in request.query:
        return False
    try:
        source = await here_of(request, request.query["from"])
        size = (await on_thread(hub.brought, source.repository, [digest]))[digest]
        if await on_thread(_refused, source, digest):
            return False
    except (Denied, KeyError):
        return False
    await on_thread(hub.bring, here.repository, digest, size)
    return True


@spoken
async def status(request: web.Request) -> web.Response:
    """How much of an upload has come."""
    here = await writer_at(request)
    return _accepted(here, request.app[UPLOADS].find(request.match_info["upload"], here), 204)


@spoken
async def append(request: web.Request) -> web.Response:
    """The next piece of an upload."""
    here = await writer_at(request)
    uploads = request.app[UPLOADS]
    upload = uploads.find(request.match_info["upload"], here)
    try:
        await uploads.append(upload, request, here)
    except Denied as error:
        if error.status != 416:
            raise
        return _accepted(here, upload, 416)
    return _accepted(here, upload, 202)


@spoken
async def finish(request: web.Request) -> web.Response:
    """The last piece, if there is one more, and the digest that the whole must have."""
    here = await writer_at(request)
    uploads = request.app[UPLOADS]
    upload = uploads.find(request.match_info["upload"], here)
    if "digest" not in request.query:
        raise Denied(400, "an upload ends with its digest", DIGEST_INVALID)
    digest = digest_of(request.query["digest"])
    await uploads.append(upload, request, here)
    await uploads.finish(upload, digest, here)
    return _created(here, digest)


@spoken
async def cancel(request: web.Request) -> web.Response:
    """Forget an upload."""
    here = await writer_at(request)
    uploads = request.app[UPLOADS]
    uploads.end(uploads.find(request.match_info["upload"], here))
    return web.Response(status=204, headers=VERSION)


@spoken
async def get(request: web.Request) -> web.StreamResponse:
    """A blob: its head, all of it, or a range. Those who write are told whether it was pushed."""
    here = await here_of(request)
    digest = digest_of(request.match_info["digest"])
    site = here.site
    size = (await on_thread(site.hub.brought, here.repository, [digest])).get(digest)
    if size is None:
        raise Denied(404, f"{here.repository.name} has no blob {digest}", BLOB_UNKNOWN)
    is_writer = await on_thread(site.accounts.may_write, here.caller, here.repository)
    if request.method != "HEAD" or not is_writer:
        words = await on_thread(_refused, here, digest)
        if words:
            raise Denied(404, words, BLOB_UNKNOWN) if words == NO_PART else Denied(403, words, DENIED)
    file = await on_thread(site.blobs.local, digest)
    if (await on_thread(file.stat)).st_size != size:
        raise MissingPath(f"the blob {digest} is damaged, and is not served")
    headers = {
        "Docker-Content-Digest": str(digest),
        "ETag": f'"{digest}"',
        "Content-Type": "application/octet-stream",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        **VERSION,
    }
    return BlobResponse(file, headers=headers, chunk_size=1 << 20)


def _refused(here: Visit, digest: Digest) -> str:
    """Why the blob may not be read now: no version that it is part of may. Empty where one may."""
    site, words = here.site, NO_PART
    for each in Manifests(site.hub).holding(here.repository, digest):
        commit = site.hub.resolve(here.repository, each)
        answer = site.permits.permit(here.repository, commit, site.environment)
        if answer.is_allowed:
            return ""
        words = f"{here.repository.name} at {commit.id[:12]} is refused: {answer.words}"
    return words


@spoken
async def remove(request: web.Request) -> web.Response:
    """Blobs stay: versions are made of them, and evidence is about these."""
    await writer_at(request)
    raise Denied(405, "blobs are not deleted: delete the manifest", UNSUPPORTED)


def _accepted(here: Visit, upload: Upload, status: int) -> web.Response:
    name = path_of(here.repository.kind, here.repository.name)
    headers = {
        "Location": f"/v2/{name}/blobs/uploads/{upload.id}",
        "Range": upload.range,
        "Docker-Upload-UUID": upload.id,
        **VERSION,
    }
    return web.Response(status=status, headers=headers)


def _created(here: Visit, digest: Digest) -> web.Response:
    name = path_of(here.repository.kind, here.repository.name)
    headers = {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": str(digest), **VERSION}
    return web.Response(status=201, headers=headers)
