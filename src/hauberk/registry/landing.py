"""Landing: a request's body becomes a blob, hashed as it comes, in constant memory."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hauberk.core.digest import Digest
from hauberk.core.errors import Inaccessible, OverBudget
from hauberk.registry.denied import Denied
from hauberk.store import Blobs

if TYPE_CHECKING:
    from aiohttp import StreamReader

SLOWEST = 1_000  # bytes a second, in the mean; who drips less holds a connection and sends nothing
BATCH = 1 << 21  # bytes to hash and write at a time in a thread: a change of threads costs 50 us


@dataclass(frozen=True, slots=True)
class Landed:
    """What came, in a file that nobody else knows yet."""

    path: Path
    digest: Digest
    size: int


async def batches(body: StreamReader, silence: float) -> AsyncIterator[bytes]:
    """The body in large pieces. Raises Denied where nothing comes for `silence` seconds, or too little."""
    waiting, size = [], 0
    begun, total = time.monotonic(), 0
    while True:
        try:
            async with asyncio.timeout(silence):
                octets = await body.readany()
        except TimeoutError as error:
            raise Denied(408, f"nothing came for {silence:g} seconds") from error
        waiting.append(octets)
        size += len(octets)
        total += len(octets)
        taken = time.monotonic() - begun
        if octets and taken > silence and total < taken * SLOWEST:
            raise Denied(408, f"{total} bytes in {taken:.0f} seconds are too few to wait for")
        if size >= BATCH or not octets:
            if size:
                yield b"".join(waiting)
            waiting, size = [], 0
        if not octets:
            return


@asynccontextmanager
async def land(body: StreamReader, blobs: Blobs, limit: int, silence: float) -> AsyncIterator[Landed]:
    """The body in a file of the blobs' folder, to be settled there or to vanish.

    Raises OverBudget above `limit` bytes, Denied where it stops coming, Inaccessible where the disk fails.
    """
    target = await asyncio.to_thread(_begin, blobs)
    path = Path(target.name)
    state, size = hashlib.sha256(), 0
    try:
        async for octets in batches(body, silence):
            size += len(octets)
            if size > limit:
                raise OverBudget(f"more than {limit} bytes were sent")
            await asyncio.to_thread(_take, target, state, octets)
        await asyncio.to_thread(_finish, target)
        yield Landed(path, Digest(state.hexdigest()), size)
    except OSError as error:
        raise Inaccessible(f"what came could not be kept: {error.strerror or error}") from error
    finally:
        target.close()
        path.unlink(missing_ok=True)


def _begin(blobs: Blobs) -> BinaryIO:
    incoming = blobs.incoming()
    handle, name = tempfile.mkstemp(dir=incoming)
    os.close(handle)
    return Path(name).open("wb")


def _take(target: BinaryIO, state: hashlib._Hash, octets: bytes) -> None:
    state.update(octets)
    target.write(octets)


def _finish(target: BinaryIO) -> None:
    target.flush()
    os.fsync(target.fileno())
