"""Files: what clients download, whole or in ranges, where the version may be read now."""

from __future__ import annotations

from aiohttp import ETag, web

from hauberk.core.errors import MissingPath
from hauberk.registry.denied import ENTRY, Denied
from hauberk.registry.huggingface import parts
from hauberk.registry.huggingface.repositories import repository_name
from hauberk.registry.repository import DATASET, MODEL
from hauberk.registry.site import on_thread, visit


class BlobResponse(web.FileResponse):
    """A blob, sent by the kernel. Its ETag is the one in its headers, and not the time at which it came."""

    @property
    def etag(self) -> ETag | None:
        """The ETag of the headers."""
        return super().etag

    @etag.setter
    def etag(self, value: ETag | str | None) -> None:
        """What would be made of the file's time is not taken."""


async def resolve(request: web.Request) -> web.StreamResponse:
    """A file of a version: its head, all of it, or a range. Raises Denied."""
    is_dataset = request.path.startswith("/datasets/")
    here = await visit(request, DATASET if is_dataset else MODEL, repository_name(request))
    commit = await here.permitted(request.match_info["revision"])
    path = request.match_info["path"]
    entry = await on_thread(here.site.hub.entry, commit, path)
    if entry is None:
        raise Denied(404, f"{here.repository.name} at {commit.id[:12]} has no file {path[:200]!a}", ENTRY)
    etag = entry.digest.hex if entry.is_large else entry.git
    file = await on_thread(here.site.blobs.local, entry.digest)
    if (await on_thread(file.stat)).st_size != entry.size:
        raise MissingPath(f"the blob of {path[:200]!a} is damaged, and is not served")
    headers = {
        "X-Repo-Commit": commit.id,
        "X-Linked-Size": str(entry.size),
        "X-Linked-Etag": f'"{etag}"',
        "ETag": f'"{etag}"',
        "Content-Type": "application/octet-stream",
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    headers |= await parts.headers_of(request, here, commit, entry)
    return BlobResponse(file, headers=headers, chunk_size=1 << 20)
