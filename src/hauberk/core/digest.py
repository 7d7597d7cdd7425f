"""Digests: the name under which evidence about bytes is kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hauberk.core.asset import Content

CHUNK = 1 << 20  # bytes a read: large enough that hashing, not calls, is the cost


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """A SHA-256 in lower-case hex."""

    hex: str

    def __str__(self) -> str:
        return f"sha256:{self.hex}"


def digest(content: Content) -> Digest:
    """The SHA-256 of all bytes, read in constant memory."""
    state = hashlib.sha256()
    for offset in range(0, content.size, CHUNK):
        state.update(content.read(offset, CHUNK))
    return Digest(state.hexdigest())
