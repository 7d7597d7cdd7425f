"""Blobs: bytes on disk under the name of their SHA-256."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hauberk.core.digest import CHUNK, Digest
from hauberk.core.errors import Inaccessible, MissingPath, OverBudget

HEX = re.compile(r"[0-9a-f]{64}")
INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class Blobs:
    """A folder of blobs. A blob is wholly there or not there at all, after a crash too."""

    folder: Path

    def put(self, stream: BinaryIO, limit: int) -> Digest:
        """The digest of what the stream held, which is on disk now. Raises OverBudget above `limit` bytes."""
        incoming = self.incoming()
        state, size = hashlib.sha256(), 0
        handle, name = tempfile.mkstemp(dir=incoming)
        try:
            with os.fdopen(handle, "wb") as target:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise OverBudget(f"a blob of more than {limit} bytes")
                    state.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            found = Digest(state.hexdigest())
            self.settle(Path(name), found)
        except OSError as error:
            raise Inaccessible(
                f"{self.folder}: a blob could not be kept: {error.strerror or error}"
            ) from error
        finally:
            Path(name).unlink(missing_ok=True)
        return found

    def incoming(self) -> Path:
        """The folder for what is not a blob yet."""
        folder = self.folder / INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def settle(self, incoming: Path, digest: Digest) -> None:
        """Make a file from the incoming folder, which is on disk and has this digest, a blob."""
        target = self.path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        incoming.replace(target)
        for folder in (target.parent, target.parent.parent):
            _sync(folder)

    def open(self, digest: Digest) -> BinaryIO:
        """The blob, to read. Raises MissingPath."""
        try:
            return self.path(digest).open("rb")
        except FileNotFoundError as error:
            raise MissingPath(f"no blob {digest}") from error

    def local(self, digest: Digest) -> Path:
        """The blob as a file on this machine. Raises MissingPath."""
        found = self.path(digest)
        if not found.is_file():
            raise MissingPath(f"no blob {digest}")
        return found

    def path(self, digest: Digest) -> Path:
        """Where the blob lies if it is there. Raises MissingPath for what is no digest."""
        if not HEX.fullmatch(digest.hex):
            raise MissingPath(f"no blob: {digest.hex[:80]!r} is no SHA-256")
        return self.folder / "sha256" / digest.hex[:2] / digest.hex[2:]

    def __contains__(self, digest: Digest) -> bool:
        return self.path(digest).is_file()


def _sync(folder: Path) -> None:
    # A rename is on disk when the folder is (POSIX.1-2024, fsync, rationale).
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
