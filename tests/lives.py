"""A registry in this process for tests: people, versions that were committed, and what a scan would say."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hauberk.attest.predicates import time_text
from hauberk.core.finding import Severity
from hauberk.core.statement import Json
from hauberk.core.verdict import Word
from hauberk.registry.accounts import Account
from hauberk.registry.life import Life, Scan
from hauberk.registry.open import Opened, Opening, open_registry
from hauberk.registry.repository import MAIN, MODEL, Commit, Proposal, Repository
from hauberk.registry.tree import Added, Entry

PEOPLE = {"ann": "contributor", "bob": "approver", "cleo": "approver", "dan": "approver", "rita": "reader"}
LIMIT = 1 << 30  # bytes of a blob
TWO_PEOPLE = b"""version: 1
name: two people
environments:
  dev:
    scan: {by: registry, stop: medium, gaps: 0}
  production:
    extends: dev
    approvals:
      - {by: approvers, count: 2, four-eyes: false, logged: true}
"""


@dataclass(frozen=True)
class Lives:
    """A registry that is open, and the people of it."""

    opened: Opened

    @property
    def life(self) -> Life:
        return self.opened.life

    def who(self, name: str) -> Account:
        return self.opened.site.accounts.by_name(name)

    def repository(self, name: str = "ann/m") -> Repository:
        found = self.life.hub.find(MODEL, name)
        return found or self.life.hub.create(MODEL, name, self.who("ann").id, False, "ann")

    def version(self, files: Mapping[str, bytes], author: str = "ann", name: str = "ann/m") -> Commit:
        """A new version with these files in it, beside those that were there."""
        repository, hub = self.repository(name), self.life.hub
        added = []
        for path, octets in files.items():
            digest = hub.blobs.put(io.BytesIO(octets), LIMIT)
            hub.bring(repository, digest, len(octets))
            git = hashlib.sha1(b"blob %d\0" % len(octets) + octets, usedforsecurity=False).hexdigest()
            added.append(Added(Entry(path, len(octets), digest, git, False)))
        return hub.commit(repository, MAIN, Proposal(added, author, "more"))

    def clean(self, files: Mapping[str, bytes], author: str = "ann", name: str = "ann/m") -> Commit:
        """A new version that a scan found nothing in."""
        found = self.version(files, author, name)
        self.settle(found, Word.PASS, name)
        return found

    def settle(self, commit: Commit, word: Word, name: str = "ann/m") -> None:
        """Let a scan have said the word."""
        report = self.life.hub.blobs.put(io.BytesIO(b"{}"), LIMIT)
        words = "" if word is Word.PASS else "m.bin imports posix.system"
        self.life.settle(self.repository(name), commit, Scan(word, words, _predicate(word), report))

    def allowed(self, commit: Commit, environment: str = "production", name: str = "ann/m") -> bool:
        return self.life.permit(self.repository(name), commit, environment).is_allowed

    def why(self, commit: Commit, environment: str = "production", name: str = "ann/m") -> str:
        return self.life.permit(self.repository(name), commit, environment).words

    def to_production(self, commit: Commit, name: str = "ann/m") -> None:
        """Let bob approve and promote it."""
        self.life.approve(self.repository(name), commit, self.who("bob"), "production")
        self.life.promote(self.repository(name), commit, self.who("bob"), "production")

    def said(self, commit: Commit) -> list[tuple[str, dict[str, Json]]]:
        """What is proven of the version: types without their authority, and predicates."""
        found = self.life.custody.about(commit.tree)
        return [
            (each.statement.predicate_type.split("/")[-2], dict(each.statement.predicate))
            for each in found.attested
        ]


def _predicate(word: Word) -> dict[str, Json]:
    counts: dict[str, Json] = {str(each): 0 for each in Severity}
    if word is not Word.PASS:
        counts[str(Severity.CRITICAL)] = 1
    return {
        "tool": {"name": "hauberk", "version": "1"},
        "ruleSet": "1",
        "policy": {"digest": "0" * 64},
        "scannedAt": time_text(datetime.now(UTC)),
        "verdict": word.value,
        "findings": counts,
        "gaps": 0,
    }


@contextmanager
def lives(folder: Path, store: str | None = None, policy: bytes | None = None) -> Iterator[Lives]:
    """A registry in the folder, with people in it."""
    written = folder.with_name(f"{folder.name}.yaml") if policy else None
    if written is not None and policy is not None:
        written.write_bytes(policy)
    with open_registry(Opening(folder, store, policy=written)) as opened:
        known = {each.name for each in opened.site.accounts.listing()}
        for name, role in PEOPLE.items():
            if name not in known:
                opened.site.accounts.add(name, role)
        yield Lives(opened)
