"""Assets: what is examined, and its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from hauberk.core.digest import Digest

# Containers inside containers: honest model archives nest two or three deep.
MAX_DEPTH = 8


class Content(Protocol):
    """Bytes that can be read anywhere, without all being held in memory."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset`; fewer only at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Bytes:
    """Content that is already in memory."""

    octets: bytes

    @property
    def size(self) -> int:
        """Length in bytes."""
        return len(self.octets)

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset`; fewer only at the end."""
        return self.octets[offset : offset + length]


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of other content, uncopied: a member stored in a container."""

    whole: Content
    start: int
    size: int

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset`; fewer only at the end."""
        if offset >= self.size:
            return b""
        return self.whole.read(self.start + offset, min(length, self.size - offset))


class Kind(StrEnum):
    """What sort of thing an asset is."""

    FILE = "file"
    MEMBER = "member"
    FOLDER = "folder"


@dataclass(frozen=True)
class Asset:
    """One thing to examine. `locator` is a path; `!` separates a container from its member."""

    locator: str
    content: Content
    kind: Kind = Kind.FILE
    depth: int = 0
    hint: str = ""
    digest: Digest | None = None
    files: Mapping[str, Content] | None = None

    @property
    def name(self) -> str:
        """The last part of the locator."""
        return self.locator.rsplit("!", 1)[-1].rsplit("/", 1)[-1]

    def inner(self, name: str, content: Content, hint: str = "") -> Asset:
        """A member of this container; `hint` names a format that the container promises."""
        return Asset(f"{self.locator}!{name}", content, Kind.MEMBER, self.depth + 1, hint)

    @cached_property
    def head(self) -> bytes:
        """The first 4,096 bytes."""
        return self.content.read(0, 4096)

    @cached_property
    def tail(self) -> bytes:
        """The last 4,096 bytes."""
        return self.content.read(max(0, self.content.size - 4096), 4096)
