"""Records: an envelope, and where a transparency log holds it, in one file that needs nothing else.

The log keeps a leaf and not the statement: it can be public while what was attested is not.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from hauberk.attest.dsse import Envelope, envelope_json, read_envelope
from hauberk.attest.predicates import read_time, time_text
from hauberk.core.errors import Malformed
from hauberk.core.statement import Json
from hauberk.core.strict import read_json

MEDIA_TYPE = "application/vnd.hauberk.record+json;version=1"
LEAF_TYPE = "https://hauberk.dev/leaf/v1"
MAX_RECORD = 128 << 20  # bytes
MAX_LEAF = 1024  # bytes
HASHES = 64  # of an inclusion proof: a tree of 2^64 entries has no more levels


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the log says: an envelope of this SHA-256 was there at this time (UTC)."""

    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Where the log holds a leaf: its index, the hashes up to the root, and the signed root."""

    index: int
    leaf: bytes
    hashes: tuple[bytes, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Record:
    """One piece of evidence."""

    envelope: Envelope
    entry: LogEntry | None = None


def leaf_of(envelope: Envelope, at: datetime) -> bytes:
    """The leaf under which a log holds the envelope."""
    content = {"type": LEAF_TYPE, "digest": _digest(envelope), "time": time_text(at)}
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def read_leaf(octets: bytes) -> Leaf:
    """What a leaf says. Raises Malformed."""
    found = read_json(octets, MAX_LEAF)
    if not isinstance(found, dict) or found.get("type") != LEAF_TYPE:
        raise Malformed(f"no leaf of the type {LEAF_TYPE}")
    moment = read_time(str(found.get("time")))
    if moment is None:
        raise Malformed("a leaf without a time")
    return Leaf(str(found.get("digest")), moment)


def is_leaf_of(leaf: Leaf, envelope: Envelope) -> bool:
    """Whether the leaf stands for this envelope, with these signatures."""
    return leaf.digest == _digest(envelope)


def _digest(envelope: Envelope) -> str:
    return f"sha256:{hashlib.sha256(envelope_json(envelope)).hexdigest()}"


def record_json(record: Record) -> bytes:
    """The record as a file."""
    content: dict[str, Json] = {
        "mediaType": MEDIA_TYPE,
        "dsseEnvelope": json.loads(envelope_json(record.envelope)),
    }
    if record.entry:
        content["logEntry"] = {
            "index": record.entry.index,
            "leaf": _base64(record.entry.leaf),
            "hashes": [_base64(each) for each in record.entry.hashes],
            "checkpoint": record.entry.checkpoint,
        }
    return json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n"


def read_record(octets: bytes) -> Record:
    """A record from a file. Raises Malformed or OverBudget."""
    found = read_json(octets, MAX_RECORD)
    if not isinstance(found, dict) or found.get("mediaType") != MEDIA_TYPE:
        raise Malformed(f"no record of the type {MEDIA_TYPE}")
    if unknown := found.keys() - {"mediaType", "dsseEnvelope", "logEntry"}:
        raise Malformed(f"a record with the unknown field {min(unknown)[:80]!r}")
    envelope = read_envelope(json.dumps(found.get("dsseEnvelope"), ensure_ascii=False).encode())
    return Record(envelope, _entry(found["logEntry"]) if "logEntry" in found else None)


def _entry(found: Json) -> LogEntry:
    if not isinstance(found, dict):
        raise Malformed("a log entry that is no object")
    index, hashes, checkpoint = found.get("index"), found.get("hashes"), found.get("checkpoint")
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise Malformed("a log entry without an index")
    if not isinstance(hashes, list) or len(hashes) > HASHES or not isinstance(checkpoint, str):
        raise Malformed("a log entry without its proof")
    return LogEntry(index, _octets(found.get("leaf")), tuple(_octets(each) for each in hashes), checkpoint)


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _octets(text: Json) -> bytes:
    try:
        return base64.b64decode(text if isinstance(text, str) else "!", validate=True)
    except ValueError as error:
        raise Malformed("a log entry with bytes that are no base64") from error
