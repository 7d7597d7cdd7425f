"""Denials: an answer that says no, and in words why."""

from __future__ import annotations

from hauberk.core.errors import (
    Conflict,
    HauberkError,
    Inaccessible,
    MissingPath,
    OverBudget,
    Refused,
    UnreadableAsset,
    UsageError,
)

# Codes that stock Hugging Face clients know. A withdrawn version is a revision that is not found, because
# this answer alone keeps clients from falling back to their cache.
REPOSITORY, REVISION, ENTRY = "RepoNotFound", "RevisionNotFound", "EntryNotFound"
STATUSES = (
    (MissingPath, 404),
    (Conflict, 409),
    (OverBudget, 413),
    (Inaccessible, 503),
    (Refused, 403),
    (UnreadableAsset, 400),
    (UsageError, 400),
)


class Denied(Refused):
    """The answer has this HTTP status, and a code that clients know, if there is one."""

    def __init__(self, status: int, words: str, code: str = "") -> None:
        super().__init__(words)
        self.status = status
        self.code = code


def as_denied(error: HauberkError) -> Denied:
    """The answer to what the error says."""
    if isinstance(error, Denied):
        return error
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
    return Denied(status, str(error))
