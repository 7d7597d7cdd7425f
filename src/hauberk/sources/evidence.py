"""Evidence as it lies on disk: a folder of small JSON files, or one of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hauberk.core.errors import Inaccessible, MissingPath, OverBudget

SUFFIXES = (".json", ".sig", ".jsonl")
MAX_FILE = 128 << 20  # bytes: a signed list of the files of a very large folder
MAX_FILES = 100_000


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One file that may hold evidence."""

    locator: str
    octets: bytes


def evidence_files(path: Path) -> Iterator[EvidenceFile]:
    """The files of a folder and of those below it, in a stable order; links are not followed.

    Raises MissingPath, and Inaccessible or OverBudget for what cannot be read: evidence that is passed
    over in silence could be the one that says no.
    """
    if not path.exists():
        raise MissingPath(f"{path}: no such evidence")
    names = sorted(_names(path)) if path.is_dir() else [path]
    if len(names) > MAX_FILES:
        raise OverBudget(f"{path}: more than {MAX_FILES} files of evidence")
    for name in names:
        yield EvidenceFile(str(name), _octets(name))


def _names(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(each for each in folders if each != "tile")  # the tiles of a log are no evidence
        yield from (Path(root) / each for each in names if each.endswith(SUFFIXES))


def _refuse(error: OSError) -> None:
    raise Inaccessible(f"{error.filename}: {error.strerror}") from error


def _octets(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise OverBudget(f"{path}: more than {MAX_FILE} bytes")
        return path.read_bytes()
    except OSError as error:
        raise Inaccessible(f"{path}: {error.strerror}") from error
