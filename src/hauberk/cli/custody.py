"""What the commands of custody share: keys, trust, evidence and subjects, as the command line names them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hauberk.core.digest import Digest
from hauberk.core.errors import MissingPath, UsageError
from hauberk.core.statement import Subject

if TYPE_CHECKING:
    from hauberk.attest.dsse import Envelope
    from hauberk.attest.evidence import Evidence
    from hauberk.attest.keys import PrivateKey
    from hauberk.attest.log.log import Log
    from hauberk.attest.record import LogEntry
    from hauberk.attest.trust import Trust

DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
MAX_SUBJECTS = 10_000  # files that a statement names beside their folder
GIT_PATHS = (".git", ".github", ".gitattributes", ".gitignore")


def subjects_of(subject: str, name: str = "") -> tuple[Subject, ...]:
    """The subject first: a digest, a file, or a folder, which is followed by its files."""
    if found := DIGEST.fullmatch(subject):
        return (Subject(name, Digest(found[1])),)
    path = Path(subject)
    if not path.exists():
        raise MissingPath(f"{subject}: neither a path nor a digest (sha256: and 64 hex digits)")
    from hauberk.sources.manifest import manifest_of

    manifest = manifest_of(path)
    name = name or path.resolve().name
    if path.is_file():
        return (Subject(name, manifest.entries[0].digest),)
    files = [Subject(each.path, each.digest) for each in manifest.entries[:MAX_SUBJECTS]]
    return (Subject(name, manifest.digest), *files)


def inside(model: str, path: str) -> tuple[str, ...]:
    """The path as a name in the model if it lies there: a signature cannot sign itself."""
    root, target = Path(model).resolve(), Path(path).resolve()
    return (target.relative_to(root).as_posix(),) if root in target.parents else ()


def private_key(path: str) -> PrivateKey:
    """The private key in a PEM file; its password stands in HAUBERK_KEY_PASSWORD."""
    import os

    from hauberk.attest.keys import read_private_key

    return read_private_key(read_file(path), os.environ.get("HAUBERK_KEY_PASSWORD"))


def read_file(path: str) -> bytes:
    """A small file's bytes."""
    from hauberk.sources.evidence import evidence_files

    return next(iter(evidence_files(Path(path)))).octets


def trust_in(path: str) -> Trust:
    """The trust file, checked."""
    from hauberk.attest.trust import read_trust

    return read_trust(read_file(path), datetime.now(UTC))


def evidence_in(paths: tuple[str, ...], trust: Trust) -> Evidence:
    """What the folders and files of evidence prove."""
    from hauberk.attest.evidence import read_evidence
    from hauberk.sources.evidence import evidence_files

    if not paths:
        raise UsageError("--evidence: name a folder or a file of evidence")
    files = [(each.locator, each.octets) for path in paths for each in evidence_files(Path(path))]
    return read_evidence(files, trust, datetime.now(UTC))


@contextmanager
def open_log(url: str) -> Iterator[Log]:
    """The transparency log in a file or a database."""
    from hauberk.attest.log.log import Log
    from hauberk.store import open_store

    with open_store(url) as store:
        yield Log(store)


def write_record(path: Path, envelope: Envelope, log_url: str | None) -> None:
    """Keep the envelope at the path, with the proof of a log if one is named."""
    from hauberk.attest.record import Record, record_json

    entry = _logged(envelope, log_url) if log_url else None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.new")  # never half written
        fresh.write_bytes(record_json(Record(envelope, entry)))
        fresh.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def _logged(envelope: Envelope, url: str) -> LogEntry:
    from hauberk.attest.record import LogEntry, leaf_of

    leaf = leaf_of(envelope, datetime.now(UTC))
    with open_log(url) as log:
        proven = log.append_proven(leaf)
    return LogEntry(proven.index, leaf, proven.hashes, proven.checkpoint)
