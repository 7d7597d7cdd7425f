"""Blobs in a bucket, of which a folder on this machine holds copies of what was used last."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import parse_qsl, urlsplit

from hauberk.core.digest import Digest
from hauberk.core.errors import Inaccessible, MissingPath, UsageError
from hauberk.core.extra import extra
from hauberk.store.blobs import Blobs

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SCHEMES = ("s3", "gs", "az")
COPIES = 50 << 30  # bytes of copies that the folder keeps
PIECE = 8 << 20  # bytes of one request of an upload


@dataclass(frozen=True, slots=True)
class Bucket(Blobs):
    """The bucket has every blob; the folder has what is in use. A copy is checked when it comes.

    A blob is in the bucket before `settle` returns, so that whoever is told that it is kept can rely on it.
    """

    objects: ObjectStore = field(repr=False)
    copies: int = COPIES

    def settle(self, incoming: Path, digest: Digest) -> None:
        """Make a file from the incoming folder a blob. Raises Inaccessible where the bucket fails."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            if not self._is_kept(digest):
                obstore.put(self.objects, _key(digest), incoming, chunk_size=PIECE)
        except (BaseError, OSError) as error:
            raise _failed(error) from error
        self._make_room(incoming.stat().st_size)
        Blobs.settle(self, incoming, digest)

    def open(self, digest: Digest) -> BinaryIO:
        """The blob, to read. Raises MissingPath and Inaccessible."""
        return self.local(digest).open("rb")

    def local(self, digest: Digest) -> Path:
        """The blob as a file on this machine, brought here first where it is not. Raises as `open`."""
        found = self.path(digest)
        if found.is_file():
            os.utime(found)
        else:
            self._bring(digest)
        return found

    def __contains__(self, digest: Digest) -> bool:
        from obstore.exceptions import BaseError

        try:
            return self.path(digest).is_file() or self._is_kept(digest)
        except BaseError as error:
            raise _failed(error) from error

    def _is_kept(self, digest: Digest) -> bool:
        import obstore

        try:
            obstore.head(self.objects, _key(digest))
        except FileNotFoundError:
            return False
        return True

    def _bring(self, digest: Digest) -> None:
        import obstore
        from obstore.exceptions import BaseError

        handle, name = tempfile.mkstemp(dir=self.incoming())
        incoming = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                found = obstore.get(self.objects, _key(digest))
                self._make_room(found.meta["size"])
                state = hashlib.sha256()
                for piece in found.stream(PIECE):
                    state.update(piece)
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())
            if state.hexdigest() != digest.hex:
                raise Inaccessible(f"{digest}: the bucket holds other bytes under this name")
            Blobs.settle(self, incoming, digest)
        except FileNotFoundError as error:
            raise MissingPath(f"no blob {digest}") from error
        except (BaseError, OSError) as error:
            raise _failed(error) from error
        finally:
            incoming.unlink(missing_ok=True)

    def _make_room(self, wanted: int) -> None:
        """Let go of the copies that were used least recently. What is being read stays readable (POSIX)."""
        found = [(each, each.stat()) for each in self.folder.glob("sha256/*/*")]
        used = sum(each.st_size for _, each in found) + wanted
        for path, status in sorted(found, key=lambda each: each[1].st_mtime):
            if used <= self.copies:
                return
            path.unlink(missing_ok=True)
            used -= status.st_size


def open_blobs(url: str, folder: Path) -> Blobs:
    """The blobs in a folder, or in a bucket by URL, `s3://NAME/PREFIX?endpoint=URL`, with copies in `folder`.

    Credentials come from where the cloud's own tools look for them: the environment, or the machine's role.
    Raises MissingExtra without the extra `bucket`, and UsageError.
    """
    if "://" not in url:
        return Blobs(Path(url))
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.netloc:
        raise UsageError(f"blobs are kept in a folder or at {', '.join(f'{each}://' for each in SCHEMES)}")
    extra("obstore", "bucket")
    from obstore.exceptions import BaseError
    from obstore.store import from_url

    options = dict(parse_qsl(parts.query))
    is_plain = options.get("endpoint", os.environ.get("AWS_ENDPOINT_URL", "")).startswith("http://")
    try:
        place = parts._replace(query="", fragment="").geturl()
        objects = from_url(place, client_options={"allow_http": is_plain}, **options)  # type: ignore[call-overload]
    except (BaseError, TypeError, ValueError) as error:
        raise UsageError(f"{place}: {error}") from error
    return Bucket(folder, objects)


def _key(digest: Digest) -> str:
    return f"sha256/{digest.hex[:2]}/{digest.hex[2:]}"


def _failed(error: Exception) -> Inaccessible:
    return Inaccessible(f"the bucket could not be used: {str(error).splitlines()[0][:300]}")
