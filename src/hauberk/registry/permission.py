"""Permission: whether a version may be read now, and in words why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hauberk.registry.repository import Commit, Repository


@dataclass(frozen=True, slots=True)
class Permission:
    """An answer; `words` are shown to the client's user.

    `is_withdrawn` says that the version was allowed once, so that caches may hold it.
    """

    is_allowed: bool
    words: str = ""
    is_withdrawn: bool = False


class Permits(Protocol):
    """Who is asked at every read."""

    def permit(self, repository: Repository, commit: Commit, environment: str) -> Permission:
        """Whether the version may be read for the environment, now."""

    def served(self, repository: Repository, environment: str) -> str | None:
        """The commit that a branch means there, if not the one that it is at."""


@dataclass(frozen=True, slots=True)
class Open:
    """Permits everything: a hub without a policy, for tests and mirrors of what was judged elsewhere."""

    def permit(self, repository: Repository, commit: Commit, environment: str) -> Permission:
        """Yes."""
        return Permission(True)

    def served(self, repository: Repository, environment: str) -> str | None:
        """Branches mean what they are at."""
        return None
