"""Bring a store to the schema of this version, one numbered step after the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hauberk.core.errors import Unsupported
from hauberk.core.extra import extra

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

    from hauberk.store.store import Store

MIGRATIONS = Path(__file__).parent / "migrations"
TABLE = "hauberk_schema"
TURN = "migrate"


def known_versions() -> list[str]:
    """The schema versions that this Hauberk knows, oldest first: the numbers of the migrations' files."""
    return sorted(each.name[:4] for each in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def migrate(store: Store) -> None:
    """Bring the store up to date. Raises Unsupported where it is newer than this Hauberk."""
    with store.read() as connection:
        if _version(connection) == known_versions()[-1]:
            return
    extra("alembic", "server")
    with store.write(TURN) as connection:
        found = _version(connection)
        if found is not None and found not in known_versions():
            raise Unsupported(
                f"{store.name}: the store has version {found[:40]}, and this Hauberk knows versions up to"
                f" {known_versions()[-1]}: update Hauberk"
            )
        from alembic import command

        command.upgrade(configuration(connection), "head")


def _version(connection: Connection) -> str | None:
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table(TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {TABLE}")).scalar()  # noqa: S608  # a constant


def configuration(connection: Connection) -> Config:
    """What alembic needs to work on this connection."""
    from alembic.config import Config

    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    found.set_main_option("path_separator", "os")
    found.attributes["connection"] = connection
    return found
