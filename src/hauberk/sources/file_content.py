"""The bytes of one file, which must stay the same while they are read."""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from dataclasses import dataclass

from hauberk.core.errors import Inaccessible

# Files up to this many bytes are read once and kept while they are recent: one call instead of five.
SMALL_BYTES = 64 << 10
# Small files kept: an asset and what its folder says of it; 32 x 64 KiB is 2 MiB.
MAX_KEPT = 32
# Files open at once: far below the usual limit of 1,024 a process.
MAX_OPEN = 64
# One read of the system call; Linux reads at most 0x7ffff000 bytes.
MAX_ONE_READ = 1 << 30
FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK


@dataclass(frozen=True, slots=True, eq=False)
class FileContent:
    """Content of the file at `path`, as it was when it was found.

    Links are resolved before; the last part of `path` is never followed. Reading raises
    Inaccessible if the file is gone, unreadable, or not the one that was found.
    """

    path: str
    size: int
    modified: int
    inode: int

    @classmethod
    def of(cls, path: str, status: os.stat_result) -> FileContent:
        """The content of the file that `status` describes."""
        return cls(path, status.st_size, status.st_mtime_ns, status.st_ino)

    @property
    def identity(self) -> tuple[int, int, int]:
        """Size in bytes, time of the last change in nanoseconds, inode."""
        return self.size, self.modified, self.inode

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset`; fewer only at the end."""
        wanted = min(length, self.size - offset)
        if wanted <= 0 or offset < 0:
            return b""
        if self.size <= SMALL_BYTES:
            return _whole(self)[offset : offset + wanted]
        return _stretch(self, _descriptor(self), offset, wanted)

    def close(self) -> None:
        """Let go of the open file; a later read opens it again."""
        _kept.pop(self, None)
        descriptor = _open.pop(self, None)
        if descriptor is not None:
            os.close(descriptor)


# Shared by all content of this process: assets are many, descriptors are few.
_open: OrderedDict[FileContent, int] = OrderedDict()
_kept: OrderedDict[FileContent, bytes] = OrderedDict()


def _whole(content: FileContent) -> bytes:
    octets = _kept.get(content)
    if octets is None:
        descriptor = _opened(content)
        try:
            octets = _stretch(content, descriptor, 0, content.size)
        finally:
            os.close(descriptor)
        _kept[content] = octets
        if len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    return octets


def _descriptor(content: FileContent) -> int:
    descriptor = _open.get(content)
    if descriptor is None:
        descriptor = _open[content] = _opened(content)
        if len(_open) > MAX_OPEN:
            os.close(_open.popitem(last=False)[1])
    return descriptor


def _opened(content: FileContent) -> int:
    try:
        return os.open(content.path, FLAGS | os.O_NOFOLLOW)
    except (OSError, ValueError) as error:
        raise Inaccessible(f"cannot be opened: {getattr(error, 'strerror', None) or error}") from error


def _stretch(content: FileContent, descriptor: int, offset: int, length: int) -> bytes:
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Inaccessible("is no regular file any more")
        if (status.st_size, status.st_mtime_ns, status.st_ino) != content.identity:
            raise Inaccessible("changed while it was examined")
        octets = os.pread(descriptor, min(length, MAX_ONE_READ), offset)
        if len(octets) == length:
            return octets
        parts = [octets]
        got = len(octets)
        while parts[-1] and got < length:
            parts.append(os.pread(descriptor, min(length - got, MAX_ONE_READ), offset + got))
            got += len(parts[-1])
    except OSError as error:
        raise Inaccessible(f"cannot be read: {error.strerror or error}", offset) from error
    if got < length:
        raise Inaccessible("changed while it was examined", offset + got)
    return b"".join(parts)
