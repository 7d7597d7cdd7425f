"""Trees: the files of one version, under the digest of their manifest."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed
from hauberk.registry.paths import check_together, checked_path


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a version. `git` is the id that Git has for its bytes, or for the pointer of a large file."""

    path: str
    size: int
    digest: Digest
    git: str
    is_large: bool


@dataclass(frozen=True, slots=True)
class Added:
    """A file that a commit brings."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Removed:
    """A file, or a folder with all that is in it, that a commit takes away."""

    path: str
    is_folder: bool


Operation = Added | Removed


@dataclass(frozen=True)
class Tree:
    """The files of one version, sorted by path (code points)."""

    entries: tuple[Entry, ...]

    @cached_property
    def digest(self) -> Digest:
        """The SHA-256 of the manifest: the digest of the folder in the whole chain of custody."""
        text = "".join(f"{each.digest.hex}  {each.path}\n" for each in self.entries)
        return Digest(hashlib.sha256(text.encode()).hexdigest())

    @cached_property
    def by_path(self) -> Mapping[str, Entry]:
        """The entries by their path."""
        return {each.path: each for each in self.entries}

    @cached_property
    def folders(self) -> Mapping[str, str]:
        """The id of each folder. Git's would need all trees rebuilt, and no client compares them."""
        found: dict[str, hashlib._Hash] = {}
        for entry in self.entries:
            above = entry.path.rpartition("/")[0]
            while above:
                state = found.setdefault(above, hashlib.sha256())
                state.update(f"{entry.digest.hex}  {entry.path}\n".encode())
                above = above.rpartition("/")[0]
        return {path: state.hexdigest()[:40] for path, state in found.items()}

    def after(self, operations: Iterable[Operation]) -> Tree:
        """The tree when the operations are applied, in order.

        Raises Malformed or OverBudget for a path that may not be, and for removing what is not there.
        """
        found = dict(self.by_path)
        for each in operations:
            if isinstance(each, Added):
                found[checked_path(each.entry.path)] = each.entry
            else:
                _remove(found, each)
        check_together(found)
        return Tree(tuple(found[path] for path in sorted(found)))

    def packed(self) -> bytes:
        """The tree as it is kept."""
        rows = [[e.path, e.size, e.digest.hex, e.git, e.is_large] for e in self.entries]
        return zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode())


EMPTY = Tree(())


def unpacked(octets: bytes) -> Tree:
    """The tree that was packed."""
    rows = json.loads(zlib.decompress(octets))
    return Tree(
        tuple(Entry(path, size, Digest(sha256), git, large) for path, size, sha256, git, large in rows)
    )


def _remove(found: dict[str, Entry], removed: Removed) -> None:
    if removed.is_folder:
        inside = f"{removed.path.rstrip('/')}/"
        gone = [path for path in found if path.startswith(inside)]
    else:
        gone = [removed.path] if removed.path in found else []
    if not gone:
        raise Malformed(f"{removed.path[:100]!a} cannot be removed: it is not there")
    for path in gone:
        del found[path]


def plain_entry(path: str, octets: bytes) -> Entry:
    """The entry of a small file, whose id is the one that Git has for these bytes."""
    git = hashlib.sha1(b"blob %d\0%b" % (len(octets), octets), usedforsecurity=False).hexdigest()
    return Entry(path, len(octets), Digest(hashlib.sha256(octets).hexdigest()), git, False)


def pointer(digest: Digest, size: int) -> bytes:
    """The text that stands for a large file in Git. Source: Git LFS specification, "The Pointer"."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest.hex}\nsize {size}\n".encode()


def large_entry(path: str, digest: Digest, size: int) -> Entry:
    """The entry of a large file, whose id is the one that Git has for its pointer."""
    return Entry(path, size, digest, plain_entry(path, pointer(digest, size)).git, True)
