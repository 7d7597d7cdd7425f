"""Files and folders of this machine as assets: walked in a fixed order, links never followed outside."""

from __future__ import annotations

import os
import stat
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.finding import Place
from hauberk.core.folder import is_model, is_module
from hauberk.core.gap import Gap
from hauberk.sources.file_content import FileContent

# Folders that hold other people's code or version history, not what is shipped.
SKIPPED_FOLDERS = frozenset({".git", "__pycache__", ".venv", "node_modules"})
# Files that a folder asset lists: more than the largest sharded repositories hold.
MAX_FOLDER_FILES = 10_000
# Folders inside folders; deeper trees are made to exhaust walkers.
MAX_FOLDER_DEPTH = 64


def assets_under(
    path: str | os.PathLike[str],
    passed_over: Callable[[str], None] | None = None,
    exclude: Sequence[str] = (),
) -> Iterator[Asset | Gap]:
    """The file at `path`, or every file below it in sorted order, and some folders as a whole.

    Those are model repositories and Terraform modules (`core.folder`).
    What is no regular file, cannot be read, or is a link out of the tree becomes a Gap.
    `passed_over` is told the locator of each folder that is not looked into (SKIPPED_FOLDERS).
    What matches a glob of `exclude` (`*` crosses `/`) is left out, and `folder/*` is not even entered.
    """
    root = Path(path)
    try:
        status = root.stat()
    except OSError as error:
        yield _inaccessible(_locator(root), error)
        return
    if stat.S_ISDIR(status.st_mode):
        walk = _Walk(Path(os.path.realpath(root)), passed_over or _untold, tuple(exclude))
        walk.add(str(walk.root), _locator(root), 0)
        yield from walk.assets()
    elif stat.S_ISREG(status.st_mode):
        alone = FileContent.of(os.path.realpath(root), status)
        yield Asset(_locator(root), alone)
        if is_module([root.name]):
            yield Asset(_locator(root.parent), Bytes(b""), Kind.FOLDER, files={root.name: alone})
    else:
        yield _no_file(_locator(root), status.st_mode)


@dataclass(slots=True)
class _Walk:
    """What one walk has met so far."""

    root: Path
    passed_over: Callable[[str], None]
    exclude: tuple[str, ...] = ()
    found: dict[str, FileContent] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    linked: set[str] = field(default_factory=set)

    def assets(self) -> Iterator[Asset | Gap]:
        """Files, then repositories, then gaps."""
        names = sorted(name for name in self.found if not self._is_known_by_link(name))
        for name in names:
            yield Asset(name, self.found[name])
        for folder in self.folders:
            # A repository without a name of its own is the folder that the user named.
            prefix = "" if folder == "." else folder.rstrip("/") + "/"
            below = names[bisect_left(names, prefix) : bisect_left(names, prefix + chr(sys.maxunicode))]
            files = {name[len(prefix) :]: self.found[name] for name in below[:MAX_FOLDER_FILES]}
            yield Asset(folder, Bytes(b""), Kind.FOLDER, files=files)
            if len(below) > MAX_FOLDER_FILES:
                message = f"holds more than {MAX_FOLDER_FILES} files; rules about the folder see the first"
                yield Gap(Place(folder), "over-budget", message)
        yield from self.gaps

    def _is_known_by_link(self, name: str) -> bool:
        # The Hugging Face cache names its blobs by digest; what they are is said by the links.
        is_blob = name.rpartition("/")[0].rpartition("/")[2] == "blobs"
        return is_blob and self.found[name].path in self.linked

    def add(self, folder: str, locator: str, depth: int) -> None:
        """Everything in `folder` (a real path), by name order."""
        if depth > MAX_FOLDER_DEPTH:
            message = f"folders nest more than {MAX_FOLDER_DEPTH} deep"
            self.gaps.append(Gap(Place(locator), "over-budget", message))
            return
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            self.gaps.append(_inaccessible(locator, error))
            return
        names = [each.name for each in entries]
        if is_model(names) or is_module(names):
            self.folders.append(locator)
        prefix = "" if locator == "." else locator.rstrip("/") + "/"
        for entry in entries:
            self._add_entry(entry, prefix + _printable(entry.name), depth)

    def _add_entry(self, entry: os.DirEntry[str], locator: str, depth: int) -> None:
        if is_excluded(locator, self.exclude):
            return
        try:
            if entry.is_symlink():
                self._add_link(entry.path, locator)
                return
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            self.gaps.append(_inaccessible(locator, error))
            return
        if stat.S_ISREG(status.st_mode):
            self.found[locator] = FileContent.of(entry.path, status)
        elif not stat.S_ISDIR(status.st_mode):
            self.gaps.append(_no_file(locator, status.st_mode))
        elif is_excluded(locator + "/", self.exclude):
            return
        elif entry.name in SKIPPED_FOLDERS:
            _log_passed_over(locator)
            self.passed_over(locator)
        else:
            self.add(entry.path, locator, depth + 1)

    def _add_link(self, path: str, locator: str) -> None:
        target = Path(os.path.realpath(path, strict=True))
        status = target.stat()
        if not self._is_inside(target):
            message = "is a link out of the scanned folder"
            self.gaps.append(Gap(Place(locator), "inaccessible", message, f"scan {target} as well"))
        elif stat.S_ISREG(status.st_mode):
            self.linked.add(str(target))
            self.found[locator] = FileContent.of(str(target), status)
        elif not stat.S_ISDIR(status.st_mode):
            self.gaps.append(_no_file(locator, status.st_mode))
        elif not target.is_relative_to(self.root) or SKIPPED_FOLDERS & set(
            target.relative_to(self.root).parts
        ):
            message = "is a link into a folder that is skipped"
            self.gaps.append(Gap(Place(locator), "inaccessible", message, f"scan {target} as well"))
        # Any other linked folder lies inside the root, and is examined where it lies.

    def _is_walked(self, folder: Path) -> bool:
        return folder.is_relative_to(self.root) and SKIPPED_FOLDERS.isdisjoint(
            folder.relative_to(self.root).parts
        )

    def _is_inside(self, target: Path) -> bool:
        if target.is_relative_to(self.root):
            return True
        # A snapshot of the Hugging Face cache is links to ../../blobs; its repository is the boundary.
        repository = self.root.parent.parent
        return self.root.parent.name == "snapshots" and target.is_relative_to(repository / "blobs")


def is_excluded(locator: str, exclude: Sequence[str]) -> bool:
    """Whether a glob leaves `locator` out; one that ends with `/` asks for everything below a folder."""
    return any(fnmatchcase(locator, pattern) for pattern in exclude)


def _untold(_folder: str) -> None:
    """Where nobody asked."""


def _log_passed_over(locator: str) -> None:
    from logging import getLogger  # a fiftieth of what a small scan costs

    getLogger(__name__).info("passes over %s", locator)


def _locator(path: Path) -> str:
    return _printable(path.as_posix())


def _printable(name: str) -> str:
    # Names that are no UTF-8 must not break reports.
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _inaccessible(locator: str, error: OSError) -> Gap:
    return Gap(Place(locator), "inaccessible", f"cannot be read: {error.strerror or error}")


def _no_file(locator: str, mode: int) -> Gap:
    kinds = {
        stat.S_IFIFO: "a FIFO",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    kind = kinds.get(stat.S_IFMT(mode), "no regular file")
    return Gap(Place(locator), "unsupported", f"is {kind}; it was not opened")
