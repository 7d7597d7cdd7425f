"""Environments of Python on this machine: which distributions lie in them, and what lies inside those."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hauberk.core.errors import Inaccessible, OverBudget

# Bytes of one file that is read: the RECORD of torch has 2 MB, a bill inside of a wheel 1 MB.
MAX_FILE = 64 << 20
# Distributions of one environment, and libraries that one of them brings.
MAX_DISTRIBUTIONS = 20_000
MAX_LIBRARIES = 5_000
# Where a virtual environment or an installation keeps packages.
SITES = (
    "lib/python*/site-packages", "lib64/python*/site-packages", "Lib/site-packages",
    "lib/python*/dist-packages", "lib/python3/dist-packages",
)  # fmt: skip
SUFFIX = ".dist-info"
# Where the tools that repair wheels put libraries: auditwheel, delvewheel, delocate.
LIBRARY_FOLDERS = (".libs", ".dylibs")
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Library:
    """A shared library that a distribution brings, by its path in the environment."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """What describes one distribution: bytes of files of its `.dist-info`, empty where there is none."""

    folder: str
    metadata: bytes
    record: bytes
    origin: bytes
    bills: tuple[tuple[str, bytes], ...]


def site_folders(root: Path) -> list[Path]:
    """The folders that hold distributions: the root itself, or where its environment keeps them."""
    if _has_distribution(root):
        return [root]
    found = {Path(os.path.realpath(each)): each for pattern in SITES for each in sorted(root.glob(pattern))}
    return [each for each in found.values() if each.is_dir() and _has_distribution(each)]


def _has_distribution(folder: Path) -> bool:
    try:
        with os.scandir(folder) as listing:
            return any(each.name.endswith(SUFFIX) for each in listing)
    except OSError as error:
        raise Inaccessible(f"{folder}: {error.strerror or error}") from error


def distributions(site: Path) -> Iterator[Distribution]:
    """Every distribution of a folder, by name. Raises Inaccessible and OverBudget."""
    names = sorted(each.name for each in _entries(site) if each.name.endswith(SUFFIX) and each.is_dir())
    if len(names) > MAX_DISTRIBUTIONS:
        raise OverBudget(f"{site}: more than {MAX_DISTRIBUTIONS} distributions")
    for name in names:
        folder = site / name
        bills = folder / "sboms"
        listed = sorted(each.name for each in _entries(bills)) if bills.is_dir() else []
        yield Distribution(
            name,
            _read(folder / "METADATA"),
            _read(folder / "RECORD"),
            _read(folder / "direct_url.json"),
            tuple((f"{name}/sboms/{each}", _read(bills / each)) for each in listed),
        )


def libraries(site: Path) -> dict[str, list[Library]]:
    """The shared libraries that repaired wheels bring, by the folder's name without its ending."""
    found: dict[str, list[Library]] = {}
    for folder in sorted(_entries(site), key=lambda each: each.name):
        ending = next((each for each in LIBRARY_FOLDERS if folder.name.endswith(each)), "")
        if not ending or not folder.is_dir(follow_symlinks=False):
            continue
        files = sorted(
            each.name for each in _entries(Path(folder.path)) if each.is_file(follow_symlinks=False)
        )
        if len(files) > MAX_LIBRARIES:
            raise OverBudget(f"{folder.path}: more than {MAX_LIBRARIES} libraries")
        found[folder.name.removesuffix(ending)] = [
            Library(f"{folder.name}/{each}", _sha256(Path(folder.path, each))) for each in files
        ]
    return found


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as listing:
            return list(listing)
    except OSError as error:
        raise Inaccessible(f"{folder}: {error.strerror or error}") from error


def _read(path: Path) -> bytes:
    """The file's bytes; none where it is not there."""
    try:
        with path.open("rb") as file:
            octets = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise Inaccessible(f"{path}: {error.strerror or error}") from error
    if len(octets) > MAX_FILE:
        raise OverBudget(f"{path}: more than {MAX_FILE} bytes")
    return octets


def _sha256(path: Path) -> str:
    state = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                state.update(block)
    except OSError as error:
        raise Inaccessible(f"{path}: {error.strerror or error}") from error
    return state.hexdigest()
