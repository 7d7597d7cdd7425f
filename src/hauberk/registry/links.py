"""Links and short-lived tokens that prove themselves, because their bearer has no account to show."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hauberk.store import Store

NAME = "links"
KEY_BYTES = 32
MAX_PASS = 1_000  # characters


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and checks passes: a purpose, what it is for, and until when, with a MAC (HMAC-SHA-256)."""

    key: bytes

    @property
    def name(self) -> str:
        """What tells this registry from others, and tells nothing about the key."""
        return hmac.new(self.key, b"name", hashlib.sha256).hexdigest()[:12]

    def issue(self, purpose: str, what: tuple[str, ...], lifetime: int) -> str:
        """A pass for `lifetime` seconds."""
        until = int(time.time()) + lifetime
        plain = "\n".join((*what, str(until)))
        named = base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")
        return f"{named}.{self._mac(purpose, plain)}"

    def read(self, purpose: str, bearer: str) -> tuple[str, ...] | None:
        """What the pass is for; None where it is forged, for another purpose, or over."""
        named, _, mac = bearer.partition(".")
        if len(bearer) > MAX_PASS or not bearer.isascii():
            return None
        try:
            plain = base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)).decode()
        except ValueError:
            return None
        if not hmac.compare_digest(mac, self._mac(purpose, plain)):
            return None
        *what, until = plain.split("\n")
        return tuple(what) if int(until) > time.time() else None

    def _mac(self, purpose: str, plain: str) -> str:
        return hmac.new(self.key, f"{purpose}\n{plain}".encode(), hashlib.sha256).hexdigest()


def links_of(store: Store) -> Links:
    """The links of this store, whose key is made at the first call."""
    from sqlalchemy import insert, select

    from hauberk.registry.tables import secrets as table

    with store.write("registry secrets") as connection:
        found = connection.execute(select(table.c.octets).where(table.c.name == NAME)).scalar()
        if found is None:
            found = secrets.token_bytes(KEY_BYTES)
            connection.execute(insert(table).values(name=NAME, octets=found))
    return Links(bytes(found))
