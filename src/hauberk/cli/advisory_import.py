"""What `hauberk advisories import` takes in: records, lists of exploits, and signed exports."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hauberk.core.advisory import Exploited
from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed, Refused, UnreadableAsset, UsageError

if TYPE_CHECKING:
    import zipfile

    from hauberk.attest.keys import PublicKey
    from hauberk.sources.advisory_files import Found
    from hauberk.store.advisories import Advisories, Record, Source

# Members of an export beside its records.
SOURCES, EXPLOITS = "hauberk/sources.json", "hauberk/exploits.json"
PREDICATE_TYPE = "https://hauberk.dev/advisories/v1"
# Files that could not be read and are named; the rest is counted.
NAMED = 5
BLOCK = 1 << 20


@dataclass(slots=True)
class Taken:
    """What one path gave."""

    path: str
    changed: int = 0
    seen: int = 0
    exploits: int = 0
    newest: str = ""
    refused: list[str] = field(default_factory=list)
    refusals: int = 0

    def refuse(self, name: str, error: UnreadableAsset) -> None:
        """Count a file that could not be read, and name the first few."""
        self.refusals += 1
        if len(self.refused) < NAMED:
            self.refused.append(f"{name}: {error}")


def take_in(path: Path, advisories: Advisories, key: PublicKey | None, name: str = "") -> Taken:
    """Import one zip, folder or file; with a key only if its signature holds.

    Raises Refused, UsageError, MissingPath and UnreadableAsset.
    """
    from hauberk.sources.advisory_files import files_in
    from hauberk.store.advisories import Source

    if key is not None:
        verify_export(path, key)
    taken = Taken(str(path))
    state = hashlib.sha256()
    lists: list[Found] = []
    added = advisories.add(_records(files_in(path), lists, taken, state))
    taken.changed, taken.seen, taken.newest = added.changed, added.seen, added.newest
    sources = _sources(lists)
    for each in lists:
        _take_list(each, advisories, taken)
    if not taken.seen and not taken.exploits:
        raise Malformed(f"{path}: holds no advisory" + (f": {taken.refused[0]}" if taken.refused else ""))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if sources:
        for source in sources:  # an export says what it was made of, and how old that is
            advisories.note(source)
    elif taken.seen:
        digest = Digest(state.hexdigest())
        advisories.note(Source(name or path.name, digest, now, taken.newest, taken.seen))
    return taken


def _records(
    files: Iterator[Found], lists: list[Found], taken: Taken, state: hashlib._Hash
) -> Iterator[Record]:
    """The records; what is no record is put aside, and what cannot be read is told."""
    from hauberk.formats.osv import read_osv
    from hauberk.store.advisories import Record

    for each in files:
        state.update(f"{each.name}\0{len(each.octets)}\0".encode("utf-8", "surrogateescape"))
        state.update(each.octets)
        if (
            each.name in (SOURCES, EXPLOITS)
            or not each.name.endswith(".json")
            or b'"catalogVersion"' in each.octets
        ):
            lists.append(each)
            continue
        try:
            yield Record(read_osv(each.octets), each.octets)
        except UnreadableAsset as error:
            taken.refuse(each.name, error)


def _take_list(found: Found, advisories: Advisories, taken: Taken) -> None:
    from hauberk.core.strict import read_json
    from hauberk.formats.exploits import read_catalogue, read_epss
    from hauberk.sources.advisory_files import MAX_FILE
    from hauberk.store.advisories import Source

    if found.name == SOURCES:
        return
    try:
        if found.name == EXPLOITS:
            taken.exploits += advisories.add_exploits(_exported(read_json(found.octets, MAX_FILE)))
            return
        is_json = found.octets.lstrip()[:1] == b"{"
        listed = read_catalogue(read_json(found.octets, MAX_FILE)) if is_json else read_epss(found.octets)
    except UnreadableAsset as error:
        taken.refuse(found.name, error)
        return
    taken.exploits += advisories.add_exploits(listed.entries)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = Digest(hashlib.sha256(found.octets).hexdigest())
    newest = f"{listed.day}T00:00:00Z" if listed.day else ""
    advisories.note(Source(listed.name, digest, now, newest, len(listed.entries)))


def _exported(listed: object) -> Iterator[Exploited]:
    for each in listed if isinstance(listed, list) else []:
        match each:
            case [str(cve), str(since), (None | float() | int()) as probability]:
                yield Exploited(cve, since, probability)
            case _:
                raise Malformed(f"{EXPLOITS}: an entry that is none: {str(each)[:80]}")


def _sources(lists: list[Found]) -> list[Source]:
    from hauberk.core.strict import read_json
    from hauberk.sources.advisory_files import MAX_FILE
    from hauberk.store.advisories import Source

    made: list[Source] = []
    for found in lists:
        if found.name != SOURCES:
            continue
        listed = read_json(found.octets, MAX_FILE)
        for each in listed if isinstance(listed, list) else []:
            match each:
                case [str(name), str(digest), str(imported), str(newest), int(records)]:
                    made.append(Source(name, Digest(digest), imported, newest, records))
                case _:
                    raise Malformed(f"{SOURCES}: an entry that is none: {str(each)[:80]}")
    return made


def write_export(path: Path, advisories: Advisories) -> int:
    """How many records are in the zip that is written: the same store gives the same bytes."""
    import json
    import zipfile

    count = 0
    sources = [[s.name, s.digest.hex, s.imported, s.newest, s.records] for s in advisories.sources()]
    exploits = [[each.cve, each.since, each.probability] for each in advisories.all_exploits()]
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, told in ((SOURCES, sources), (EXPLOITS, exploits)):
                archive.writestr(_member(name), json.dumps(told, separators=(",", ":")))
            for id, octets in advisories.records():
                archive.writestr(_member(f"advisories/{id}.json"), octets)
                count += 1
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    return count


def _member(name: str) -> zipfile.ZipInfo:
    import zipfile

    found = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    found.compress_type = zipfile.ZIP_DEFLATED
    return found


def signature_path(path: Path) -> Path:
    """Where the signature of an export lies: beside it."""
    return path.with_name(path.name + ".dsse.json")


def digest_of(path: Path) -> Digest:
    """The SHA-256 of a file. Raises UsageError."""
    state = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                state.update(block)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    return Digest(state.hexdigest())


def verify_export(path: Path, key: PublicKey) -> None:
    """Raises Refused unless the file beside it is a signature over exactly these bytes by the key."""
    from hauberk.attest.dsse import read_envelope, verify
    from hauberk.attest.statements import read_statement

    beside = signature_path(path)
    if not beside.is_file():
        raise Refused(f"{path}: {beside.name} is not there, so nobody vouches for it")
    envelope = read_envelope(beside.read_bytes())
    if not verify(envelope, [key]):
        raise Refused(f"{beside}: is not signed by the key {key.id[:16]}…")
    statement = read_statement(envelope.payload)
    if statement.predicate_type != PREDICATE_TYPE:
        raise Refused(f"{beside}: signs {statement.predicate_type}, not an export of advisories")
    digest = digest_of(path)
    if digest not in [each.digest for each in statement.subjects]:
        raise Refused(f"{path}: is {digest}, and the signature is over something else")
