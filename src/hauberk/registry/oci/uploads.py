"""Uploads that are under way: a file that grows piece by piece, hashed as it comes.

They live in the memory of one process; after a restart clients are told that the upload is unknown, and
begin it again.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import StreamReader, web

from hauberk.core.digest import Digest
from hauberk.core.errors import Inaccessible, Malformed, OverBudget
from hauberk.registry.denied import Denied
from hauberk.registry.landing import batches
from hauberk.registry.oci.words import BLOB_INVALID, DIGEST_INVALID, SIZE_INVALID, UPLOAD_UNKNOWN
from hauberk.registry.site import Visit, on_thread

IDLE = 3600.0  # seconds after which an upload that gets nothing more is forgotten
MAX_EACH = 100  # uploads of one account; stock clients have five at once
RANGE = re.compile(r"(?:bytes[ =])?(\d{1,19})-(\d{1,19})(?:/.*)?")


@dataclass
class Upload:
    """What has come of a blob so far; `repository` and `account` are those that may go on with it."""

    id: str
    repository: int
    account: str
    path: Path
    size: int = 0
    state: hashlib._Hash = field(default_factory=hashlib.sha256)
    touched: float = field(default_factory=time.monotonic)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    step: threading.Lock = field(default_factory=threading.Lock)

    @property
    def range(self) -> str:
        """What has come, as the protocol says it."""
        return f"0-{max(self.size - 1, 0)}"

    def take(self, octets: bytes) -> None:
        """The next bytes. Raises OSError."""
        with self.step, self.path.open("ab") as target:
            self.state.update(octets)
            self.size += len(octets)
            target.write(octets)

    def sync(self) -> None:
        """What has come is on disk now. Raises OSError."""
        with self.step, self.path.open("ab") as target:
            os.fsync(target.fileno())


@dataclass
class Uploads:
    """All uploads that are under way."""

    under_way: dict[str, Upload] = field(default_factory=dict)

    async def begin(self, here: Visit) -> Upload:
        """A new upload to the repository; an account that has many loses the one longest silent.

        Raises Denied where something is sent to all of them.
        """
        name = here.caller.name
        self._forget_idle(name)
        if sum(each.account == name for each in self.under_way.values()) >= MAX_EACH:
            raise Denied(429, f"{name} is sending {MAX_EACH} uploads: wait for some to end")
        path = await on_thread(_new_file, here.site.blobs.incoming())
        found = Upload(secrets.token_urlsafe(24), here.repository.id, name, path)
        self.under_way[found.id] = found
        return found

    def find(self, id: str, here: Visit) -> Upload:
        """The upload, which the caller began there. Raises Denied."""
        found = self.under_way.get(id)
        if found is None or (found.repository, found.account) != (here.repository.id, here.caller.name):
            raise Denied(404, "this upload is not under way (any more): begin again", UPLOAD_UNKNOWN)
        found.touched = time.monotonic()
        return found

    def end(self, upload: Upload) -> None:
        """Forget the upload, and what came of it."""
        self.under_way.pop(upload.id, None)
        upload.path.unlink(missing_ok=True)

    def end_all(self) -> None:
        """Forget every upload."""
        for each in list(self.under_way.values()):
            self.end(each)

    def _forget_idle(self, account: str) -> None:
        now, silent = time.monotonic(), sorted(self.under_way.values(), key=lambda each: each.touched)
        silent = [each for each in silent if not each.turn.locked()]
        count = sum(each.account == account for each in self.under_way.values())
        for each in silent:
            is_one_too_many = each.account == account and count >= MAX_EACH
            if now - each.touched > IDLE or is_one_too_many:
                self.end(each)
                count -= each.account == account

    async def append(self, upload: Upload, request: web.Request, here: Visit) -> None:
        """What the request brings comes to what has come. Raises Denied, Inaccessible, OverBudget.

        After a cut connection the upload goes on at the byte that it has; after a full disk it is forgotten.
        """
        if upload.turn.locked():
            raise Denied(409, "another request is sending to this upload", BLOB_INVALID)
        limits = here.site.limits
        async with upload.turn:
            _check_range(upload, request)
            try:
                await _take_all(upload, request.content, (limits.blob, limits.silence))
            except OSError as error:
                self.end(upload)
                raise Inaccessible(f"what came could not be kept: {error.strerror or error}") from error
            except OverBudget:
                self.end(upload)
                raise
            finally:
                upload.touched = time.monotonic()

    async def finish(self, upload: Upload, digest: Digest, here: Visit) -> None:
        """What has come is a blob of the repository, if it has the digest. Raises Denied, Inaccessible."""
        async with upload.turn:
            if upload.id not in self.under_way:
                raise Denied(404, "this upload is over", UPLOAD_UNKNOWN)
            try:
                found = Digest(upload.state.hexdigest())
                if found != digest:
                    words = f"{upload.size} bytes with {found} came, and {digest} was announced"
                    raise Denied(400, words, DIGEST_INVALID)
                await on_thread(upload.sync)
                await on_thread(here.site.blobs.settle, upload.path, digest)
            except OSError as error:
                raise Inaccessible(f"what came could not be kept: {error.strerror or error}") from error
            finally:
                self.end(upload)
        await on_thread(here.site.hub.bring, here.repository, digest, upload.size)


async def _take_all(upload: Upload, body: StreamReader, limits: tuple[int, float]) -> None:
    limit, silence = limits
    async for octets in batches(body, silence):
        if upload.size + len(octets) > limit:
            raise OverBudget(f"more than {limit} bytes were sent")
        await on_thread(upload.take, octets)


def _check_range(upload: Upload, request: web.Request) -> None:
    """Raises Denied where the piece is not the next one, and Malformed where it contradicts itself."""
    said = request.headers.get("Content-Range")
    if said is None:
        return
    found = RANGE.fullmatch(said)
    if not found or int(found[2]) < int(found[1]):
        raise Malformed(f"{said[:80]!a} is no range START-END")
    if int(found[1]) != upload.size:
        raise Denied(416, f"byte {upload.size} is the next, and {found[1]} came", BLOB_INVALID)
    size = int(found[2]) - int(found[1]) + 1
    if request.content_length not in (None, size):
        raise Denied(400, f"{size} bytes are announced, and {request.content_length} come", SIZE_INVALID)


def _new_file(folder: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=folder)
    os.close(handle)
    return Path(name)
