"""Files of advisories: the records in zips, folders and single files, one after the other."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hauberk.core.errors import Inaccessible, Malformed, MissingPath, OverBudget

# Bytes of one record, and of all in a zip: everything that OSV publishes has about 5 GB.
MAX_RECORD = 16 << 20
MAX_ALL = 32 << 30
# Records of one source; OSV has less than a million in all.
MAX_RECORDS = 5_000_000
# Bytes of a file that is no single record: the list of EPSS has 10 MB, packed or not.
MAX_FILE = 256 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """One file: its name within the source, and its bytes."""

    name: str
    octets: bytes


def files_in(path: Path) -> Iterator[Found]:
    """The JSON files of a zip or folder in a fixed order, or the one file.

    Raises MissingPath, Inaccessible, Malformed and OverBudget.
    """
    try:
        if path.is_dir():
            yield from _in_folder(path)
        elif zipfile.is_zipfile(path):
            yield from _in_zip(path)
        elif path.exists():
            yield Found(path.name, _read(path, MAX_FILE))
        else:
            raise MissingPath(f"{path}: no such file or folder")
    except OSError as error:
        raise Inaccessible(f"{path}: cannot be read: {error.strerror or error}") from error


def _in_folder(folder: Path) -> Iterator[Found]:
    count = 0
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(names):
            path = Path(root, name)
            if name.endswith(".json") and path.is_file() and not path.is_symlink():
                count += 1
                if count > MAX_RECORDS:
                    raise OverBudget(f"{folder}: more than {MAX_RECORDS} records")
                yield Found(str(path.relative_to(folder)), _read(path, MAX_RECORD))


def _read(path: Path, limit: int) -> bytes:
    if path.stat().st_size > limit:
        raise OverBudget(f"{path}: {path.stat().st_size} bytes are more than {limit}")
    with path.open("rb") as file:
        return file.read(limit)


def _in_zip(path: Path) -> Iterator[Found]:
    taken = 0
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(archive.infolist(), key=lambda each: each.filename)
            if len(members) > MAX_RECORDS:
                raise OverBudget(f"{path}: more than {MAX_RECORDS} records")
            for each in members:
                if not each.filename.endswith(".json"):
                    continue
                with archive.open(each) as member:
                    octets = member.read(MAX_RECORD + 1)
                taken += len(octets)
                if len(octets) > MAX_RECORD or taken > MAX_ALL:
                    raise OverBudget(f"{path}: {each.filename}: more bytes than any record has")
                yield Found(each.filename, octets)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise Malformed(f"{path}: no zip that can be read: {error}") from error
