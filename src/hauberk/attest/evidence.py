"""Evidence: what of a pile of files holds, and what does not and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hauberk.attest.dsse import Envelope, read_envelope, verify
from hauberk.attest.log.checkpoint import Checkpoint, signed_checkpoint
from hauberk.attest.log.note import read_key, read_note, verify_note
from hauberk.attest.log.proof import verify_inclusion
from hauberk.attest.predicates import checked
from hauberk.attest.record import MEDIA_TYPE, Leaf, LogEntry, is_leaf_of, read_leaf, read_record
from hauberk.attest.statements import PAYLOAD_TYPE, read_statement
from hauberk.attest.trust import Trust, TrustedLog
from hauberk.core.attested import Attested
from hauberk.core.errors import HauberkError, Malformed, Refused

# A log's clock may run ahead of ours by this much; a leaf from further in the future is no proof.
SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Discarded:
    """A file that proves nothing, and the sentence why."""

    locator: str
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What holds, and what does not."""

    attested: tuple[Attested, ...]
    discarded: tuple[Discarded, ...]


def read_evidence(files: Iterable[tuple[str, bytes]], trust: Trust, now: datetime) -> Evidence:
    """What the files (locator, content) prove to somebody with this trust. Never raises for a file."""
    attested: list[Attested] = []
    discarded: list[Discarded] = []
    for locator, octets in files:
        try:
            attested.append(attested_by(locator, octets, trust, now))
        except HauberkError as error:
            discarded.append(Discarded(locator, str(error)))
    return Evidence(tuple(attested), tuple(discarded))


def attested_by(locator: str, octets: bytes, trust: Trust, now: datetime) -> Attested:
    """The statement that one file proves. Raises Refused or UnreadableAsset."""
    envelope, entry = _envelope(octets)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise Malformed(f"the payload is {envelope.payload_type[:80]!r}, and no statement")
    signed_at = logged_at(envelope, entry, trust, now) if entry else None
    held = verify(envelope, trust.keys.values())
    signers = tuple(sorted(each for each in held if trust.counts(each, signed_at)))
    if not signers:
        raise Refused(_why_none(envelope, held, trust))
    statement = checked(read_statement(envelope.payload))
    return Attested(statement, signers, signed_at, entry.index if entry else None, locator)


def _envelope(octets: bytes) -> tuple[Envelope, LogEntry | None]:
    if MEDIA_TYPE.encode() in octets[:200]:
        record = read_record(octets)
        return record.envelope, record.entry
    return read_envelope(octets), None


def _why_none(envelope: Envelope, held: Iterable[str], trust: Trust) -> str:
    for each in sorted(held):
        revoked = trust.revoked[each]
        return (
            f"signed by the key {trust.names.get(each) or each[:16]}, revoked on {revoked.at:%Y-%m-%d %H:%M} "
            f"({revoked.reason}), and no log proves that the signature is older"
        )
    return f"none of its {len(envelope.signatures)} signatures is by a trusted key"


def logged_at(envelope: Envelope, entry: LogEntry, trust: Trust, now: datetime) -> datetime:
    """The time at which a trusted log took the envelope in. Raises Refused if none proves it."""
    verify_inclusion(entry.leaf, entry.index, entry.hashes, _checkpoint(entry.checkpoint, trust.logs))
    leaf: Leaf = read_leaf(entry.leaf)
    if not is_leaf_of(leaf, envelope):
        raise Refused("the log entry stands for another envelope")
    if leaf.at > now + SKEW:
        raise Refused(f"the log entry is from the future, {leaf.at:%Y-%m-%d %H:%M}")
    return leaf.at


def _checkpoint(text: str, logs: Iterable[TrustedLog]) -> Checkpoint:
    """The checkpoint, if a trusted log signed it and enough of its witnesses did."""
    origin = text.partition("\n")[0]
    for log in logs:
        key = read_key(log.key)
        if key.name == origin:
            found = signed_checkpoint(text.encode(), key)
            _refuse_unwitnessed(text, log)
            return found
    raise Refused(f"the log {origin[:80]!r} is not among the trusted ones")


def _refuse_unwitnessed(text: str, log: TrustedLog) -> None:
    note = read_note(text.encode())
    count = sum(verify_note(note, read_key(each)) for each in log.witnesses)
    if count < log.threshold:
        raise Refused(f"{count} witnesses signed the checkpoint, and {log.threshold} are needed")
