"""Manifests: every file of a model with its digest, in constant memory, on all cores.

The digest of a folder is the SHA-256 of its manifest's text, which `sha256sum` writes too: a line of
hex digest, two spaces and path for each file, sorted by path.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hauberk.core.digest import Digest
from hauberk.core.errors import Inaccessible, Malformed, MissingPath, OverBudget, Refused

BUFFER = 1 << 16  # bytes a read: it stays in the cache of any core; 256 KiB took 1.5 times as long
MAX_FILES = 1_000_000
MAX_FOLDER_DEPTH = 64
FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
# Below this many bytes a second thread costs more than it brings.
WORTH_THREADS = 8 << 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of the model: its name in it (with `/`), where it really is, and its size in bytes."""

    path: str
    real: str
    size: int
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a file, in bytes."""

    file: Listed
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A file and what is in it."""

    path: str
    size: int
    digest: Digest


@dataclass(frozen=True)
class Manifest:
    """All files of a model, sorted by path."""

    entries: tuple[Entry, ...]
    has_links: bool = False

    @property
    def text(self) -> str:
        """What `sha256sum` would write."""
        return "".join(f"{each.digest.hex}  {each.path}\n" for each in self.entries)

    @cached_property
    def digest(self) -> Digest:
        """The digest of the whole."""
        return Digest(hashlib.sha256(self.text.encode()).hexdigest())


def manifest_of(path: str | os.PathLike[str], excluded: Collection[str] = ()) -> Manifest:
    """The manifest of a file (one entry) or folder, without the excluded paths and what is below them.

    Raises MissingPath, Inaccessible, or Refused for what cannot be vouched for: links out of the folder,
    special files, names that are no UTF-8, files that change while they are read.
    """
    files = listed_files(Path(path), excluded)
    digests = hash_spans([Span(each, 0, each.size) for each in files])
    entries = tuple(
        Entry(each.path, each.size, Digest(digest.hex())) for each, digest in zip(files, digests, strict=True)
    )
    return Manifest(entries, any(each.is_link for each in files))


def listed_files(root: Path, excluded: Collection[str] = ()) -> list[Listed]:
    """The files of a model, sorted by path (code points)."""
    try:
        status = root.stat()
    except FileNotFoundError as error:
        raise MissingPath(f"{root}: no such file or folder") from error
    except OSError as error:
        raise Inaccessible(f"{root}: {error.strerror}") from error
    if stat.S_ISREG(status.st_mode):
        return [Listed(root.name, os.path.realpath(root), status.st_size)]
    if not stat.S_ISDIR(status.st_mode):
        raise Refused(f"{root}: neither a file nor a folder")
    walk = _Walk(os.path.realpath(root), frozenset(each.strip("/") for each in excluded))
    return sorted(walk.folder(walk.root, "", ()), key=lambda each: each.path)


@dataclass(frozen=True, slots=True)
class _Walk:
    root: str
    excluded: frozenset[str]

    def folder(self, real: str, prefix: str, above: tuple[str, ...]) -> Iterator[Listed]:
        if len(above) > MAX_FOLDER_DEPTH or real in above:
            raise Refused(f"{prefix}: folders nest more than {MAX_FOLDER_DEPTH} deep, or link to themselves")
        try:
            with os.scandir(real) as listing:
                entries = list(listing)
        except OSError as error:
            raise Inaccessible(f"{prefix or real}: {error.strerror}") from error
        for entry in entries:
            name = prefix + entry.name
            if name not in self.excluded:
                yield from self._entry(entry, _named(name), (*above, real))

    def _entry(self, entry: os.DirEntry[str], name: str, above: tuple[str, ...]) -> Iterator[Listed]:
        is_link = entry.is_symlink()
        real = self._target(entry.path, name) if is_link else entry.path
        try:
            status = Path(real).lstat() if is_link else entry.stat(follow_symlinks=False)
        except OSError as error:
            raise Inaccessible(f"{name}: {error.strerror}") from error
        if stat.S_ISDIR(status.st_mode):
            for each in self.folder(real, f"{name}/", above):
                yield Listed(each.path, each.real, each.size, each.is_link or is_link)
        elif stat.S_ISREG(status.st_mode):
            yield Listed(name, real, status.st_size, is_link)
        else:
            raise Refused(f"{name}: neither a file nor a folder, nobody can vouch for it")

    def _target(self, path: str, name: str) -> str:
        """Where a link leads: inside the model, or to the blobs of a Hugging Face cache around it."""
        real = os.path.realpath(path)
        blobs = Path(self.root).parent.parent / "blobs"
        if any(Path(real).is_relative_to(allowed) for allowed in (self.root, blobs)):
            return real
        raise Refused(f"{name}: links to {real}, outside of the model")


def _named(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise Refused(f"{name!r}: a name that is no UTF-8") from error
    if "\n" in name or "\0" in name:
        raise Refused(f"{name!r}: a name with a line break")
    return name


def hash_spans(spans: Sequence[Span], algorithm: str = "sha256") -> list[bytes]:
    """The digest of each span, in the order of the spans, hashed on all cores."""
    if len(spans) > MAX_FILES:
        raise OverBudget(f"more than {MAX_FILES} files")
    found: list[bytes] = [b""] * len(spans)
    # The longest first, so that no core is left alone with one at the end.
    order = sorted(range(len(spans)), key=lambda each: spans[each].start - spans[each].end)
    total = sum(each.end - each.start for each in spans)
    workers = min(os.cpu_count() or 1, len(spans)) if total > WORTH_THREADS else 1
    turn = iter(order)
    lock = threading.Lock()
    failures: list[BaseException] = []

    def work() -> None:
        state = _Reader(algorithm)
        while not failures:
            with lock:
                number = next(turn, None)
            if number is None:
                return
            try:
                found[number] = state.digest(spans[number])
            except BaseException as error:
                failures.append(error)

    _on_threads(work, workers)
    if failures:
        raise failures[0]
    return found


def _on_threads(work: Callable[[], None], count: int) -> None:
    others = [threading.Thread(target=work, daemon=True) for _ in range(count - 1)]
    for each in others:
        each.start()
    work()
    for each in others:
        each.join()


class _Reader:
    """Hashes one span after the other through one buffer."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self.buffer = memoryview(bytearray(BUFFER))

    def digest(self, span: Span) -> bytes:
        name = span.file.path
        try:
            descriptor = os.open(span.file.real, FLAGS)
        except OSError as error:
            raise Inaccessible(f"{name}: {error.strerror}") from error
        try:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode) or before.st_size != span.file.size:
                raise Refused(f"{name}: changed while it was being hashed")
            found = self._hash(descriptor, span)
            if _identity(os.fstat(descriptor)) != _identity(before):
                raise Refused(f"{name}: changed while it was being hashed")
            return found
        except OSError as error:
            raise Inaccessible(f"{name}: {error.strerror}") from error
        finally:
            os.close(descriptor)

    def _hash(self, descriptor: int, span: Span) -> bytes:
        state = hashlib.new(self.algorithm, usedforsecurity=True)
        at = span.start
        while at < span.end:
            count = os.preadv(descriptor, [self.buffer[: min(BUFFER, span.end - at)]], at)
            if count == 0:
                raise Malformed(f"{span.file.path}: ends early, at byte {at} of {span.end}")
            state.update(self.buffer[:count])
            at += count
        return state.digest()


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
