"""Custody: what the registry says about versions, signed and logged, and what is proven about them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hauberk.attest.dsse import envelope_json, read_envelope, sign
from hauberk.attest.evidence import Evidence, read_evidence
from hauberk.attest.log.log import Log
from hauberk.attest.record import LogEntry, Record, leaf_of, record_json
from hauberk.attest.trust import ROOT, Role, Trust, TrustedLog
from hauberk.core.digest import Digest
from hauberk.core.statement import Statement
from hauberk.registry.keyring import REGISTRY, Keyring
from hauberk.store.statements import Statements, put_in

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hauberk.attest.keys import PrivateKey
    from hauberk.store import Store

APPROVERS = "approvers"
FOREVER = timedelta(days=36_500)
AT_ONCE = 1_000  # statements that are logged together


@dataclass
class Custody:
    """Says, logs and proves. `outside` is the trust file of who runs the registry, if there is one."""

    store: Store
    outside: Trust | None = None
    log: Log = field(init=False)
    keyring: Keyring = field(init=False)

    def __post_init__(self) -> None:
        self.log = Log(self.store)
        self.keyring = Keyring(self.store)

    def trust(self) -> Trust:
        """Whose word counts here: the registry's, its approvers', and who the trust file names."""
        own, approvers = self.keyring.registry().public, self.keyring.approvers()
        people = {key.public.id: key.public for key in approvers.values()}
        keys = {own.id: own} | people
        names = {own.id: REGISTRY} | {key.public.id: name for name, key in approvers.items()}
        roles = {
            ROOT: Role(frozenset({own.id}), 1),
            REGISTRY: Role(frozenset({own.id}), 1),
            APPROVERS: Role(frozenset(people), 1),
        }
        logs = (TrustedLog(self.log.key().text()),)
        found = Trust(1, datetime.now(UTC) + FOREVER, keys, names, roles, {}, logs)
        if self.outside is None:
            return found
        out = self.outside
        return replace(
            found,
            keys={**out.keys, **keys},
            names={**out.names, **names},
            roles={**out.roles, **roles},
            revoked=out.revoked,
            logs=(*out.logs, *logs),
        )

    def say(self, connection: Connection, statement: Statement, keys: Iterable[PrivateKey] = ()) -> Digest:
        """Keep the statement, signed, in the caller's transaction: both happen or neither."""
        envelope = sign(statement, [*keys, self.keyring.registry()])
        return put_in(connection, envelope_json(envelope), statement)

    def publish(self) -> int:
        """Log what was said and is not in the log yet; how many statements that were.

        A crash between the log and the note of it logs a statement twice, which proves nothing wrong.
        """
        waiting = Statements(self.store).unlogged(AT_ONCE)
        if not waiting:
            return 0
        now = datetime.now(UTC)
        leaves = [leaf_of(read_envelope(each), now) for _, each in waiting]
        first = self.log.append(leaves).first
        indices = {digest: first + number for number, (digest, _) in enumerate(waiting)}
        Statements(self.store).logged(indices)
        return len(waiting)

    def trust_document(self) -> bytes:
        """A trust file, signed by the registry's key, by which others check the registry's statements."""
        from hauberk.attest.trust import write_trust

        return write_trust(self.trust(), [self.keyring.registry()])

    def records(self, subject: Digest) -> list[tuple[str, bytes]]:
        """Every statement about the subject as a record with its proof, by a name for each."""
        kept = Statements(self.store).by_subject(subject)
        found = []
        for each in kept:
            name = hashlib.sha256(each.envelope).hexdigest()[:16]
            found.append((f"statement {name}", self._record(each.envelope, each.entry)))
        return found

    def _record(self, envelope: bytes, entry: int | None) -> bytes:
        if entry is None:
            return envelope
        proof = self.log.inclusion(entry)
        told = LogEntry(entry, self.log.entry(entry), proof.hashes, proof.checkpoint)
        return record_json(Record(read_envelope(envelope), told))

    def about(self, subject: Digest) -> Evidence:
        """What is proven about the subject, and what does not count and why."""
        return read_evidence(self.records(subject), self.trust(), datetime.now(UTC))
