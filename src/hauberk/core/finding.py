"""Findings: a rule's judgement about a place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How much harm, if the finding is right."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name.lower()


class Confidence(IntEnum):
    """How sure the rule is."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where: an asset's locator and, if known, a byte offset or a 1-based line."""

    locator: str
    offset: int | None = None
    line: int | None = None

    def __str__(self) -> str:
        if self.line is not None:
            return f"{self.locator}:{self.line}"
        return self.locator if self.offset is None else f"{self.locator}@{self.offset}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement. `subject` is what it is about (`os.system`): it survives moved lines.

    `severity` is given only where this case differs from its rule's.
    """

    rule: str
    place: Place
    message: str
    subject: str = ""
    severity: Severity | None = None

    @property
    def fingerprint(self) -> str:
        """16 hex digits that stay the same when lines or offsets move."""
        return fingerprint(self.rule, self.place.locator, self.subject or self.message)


def fingerprint(*parts: str) -> str:
    """16 hex digits (64 bits) that name the parts."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
