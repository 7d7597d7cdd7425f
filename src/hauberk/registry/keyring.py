"""The keys that speak for the registry and for its accounts, made when they are first needed.

They lie in the database: who may read it could sign in their name. Where that is too much, people sign on
their own machines and send the evidence (`POST /-/evidence`), by keys of the trust file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hauberk.attest.keys import PrivateKey, generate, private_pem, read_private_key
from hauberk.registry.accounts import ADMIN, APPROVER, Account, Accounts

if TYPE_CHECKING:
    from hauberk.store import Store

REGISTRY = "registry"
TURN = "registry secrets"


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of a store."""

    store: Store

    def registry(self) -> PrivateKey:
        """The registry's own key."""
        return self._key(REGISTRY)

    def of(self, account: Account) -> PrivateKey:
        """The key that speaks for an account."""
        return self._key(f"account {account.id}")

    def approvers(self) -> dict[str, PrivateKey]:
        """The keys of those who may approve, by account name."""
        found = Accounts(self.store).listing()
        return {
            each.name: self.of(each) for each in found if each.is_active and each.role in (APPROVER, ADMIN)
        }

    def _key(self, name: str) -> PrivateKey:
        from sqlalchemy import insert, select

        from hauberk.registry.tables import secrets

        query = select(secrets.c.octets).where(secrets.c.name == f"key of {name}")
        with self.store.read() as connection:
            found = connection.execute(query).scalar()
        if found is None:
            with self.store.write(TURN) as connection:
                found = connection.execute(query).scalar()
                if found is None:
                    found = private_pem(generate())
                    connection.execute(insert(secrets).values(name=f"key of {name}", octets=found))
        return read_private_key(bytes(found))
