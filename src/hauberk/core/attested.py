"""Attested statements: claims whose signatures were verified, and how far that goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hauberk.core.statement import Statement


@dataclass(frozen=True, slots=True)
class Attested:
    """A statement that holds.

    `signers` are key ids (hex SHA-256 of the DER SubjectPublicKeyInfo) or certificate identities whose
    signatures hold. `signed_at` is a trusted time (UTC) from a log or a timestamp, `entry` the index in
    the transparency log; both may be None. `locator` is where the statement was read.
    """

    statement: Statement
    signers: tuple[str, ...]
    signed_at: datetime | None = None
    entry: int | None = None
    locator: str = ""
