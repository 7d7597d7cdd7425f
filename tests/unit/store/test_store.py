"""The store on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError

from hauberk.core.digest import Digest
from hauberk.core.errors import Inaccessible, Malformed, MissingExtra, MissingPath, Unsupported, UsageError
from hauberk.core.statement import Statement, Subject
from hauberk.registry import life_tables as life_tables
from hauberk.registry.oci import tables as tables
from hauberk.store import Store, open_store
from hauberk.store import advisory_tables as advisory_tables
from hauberk.store.migrate import TABLE, configuration, known_versions
from hauberk.store.schema import METADATA, log_checkpoints
from hauberk.store.statements import Statements

ABOUT = Digest("ab" * 32)


def claim(kind: str = "https://hauberk.dev/scan/v1", *subjects: Digest) -> Statement:
    return Statement(tuple(Subject("m", each) for each in subjects or (ABOUT,)), kind)


def test_migrations_make_the_schema_that_the_code_has(store_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with open_store(store_url) as store, store.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": TABLE, "compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, METADATA) == []
        assert set(inspect(connection).get_table_names()) == {*METADATA.tables, TABLE}


def test_migrations_are_one_line_of_numbered_steps(tmp_path: Path) -> None:
    from alembic.script import ScriptDirectory

    with open_store(str(tmp_path / "a.db")) as store, store.read() as connection:
        script = ScriptDirectory.from_config(configuration(connection))
    revisions = [each.revision for each in script.walk_revisions()]
    assert script.get_heads() == [known_versions()[-1]]
    assert sorted(revisions) == known_versions()


def test_a_store_is_opened_again_as_it_was(store_url: str) -> None:
    with open_store(store_url) as store:
        own = Statements(store).put(b"envelope", claim())
    with open_store(store_url) as store:
        assert [each.envelope for each in Statements(store).by_subject(ABOUT)] == [b"envelope"]
        assert Statements(store).put(b"envelope", claim()) == own


def test_a_store_of_a_newer_hauberk_is_refused_with_a_sentence(store_url: str) -> None:
    with open_store(store_url) as store, store.write("test") as connection:
        connection.execute(text(f"UPDATE {TABLE} SET version_num = '9999'"))
    with pytest.raises(Unsupported, match=r"version 9999.*up to \d{4}: update Hauberk"):
        open_store(store_url)


def test_what_raises_is_undone(store_url: str) -> None:
    with open_store(store_url) as store:
        with pytest.raises(ZeroDivisionError), store.write("test") as connection:
            connection.execute(log_checkpoints.insert().values(size=1, note="x"))
            raise ZeroDivisionError
        with store.read() as connection:
            assert connection.execute(select(log_checkpoints)).all() == []


def test_a_failure_that_is_passed_over_on_a_server_loses_nothing_in_silence(postgresql_server: str) -> None:
    from sqlalchemy.exc import IntegrityError

    from tests.postgres import new_database

    row = log_checkpoints.insert().values(size=1, note="x")
    with open_store(new_database(postgresql_server)) as store:
        with pytest.raises(RuntimeError, match="would be lost"), store.write("test") as connection:
            connection.execute(row)
            with suppress(IntegrityError):
                connection.execute(row)
        with store.write("test") as connection:
            connection.execute(row)
            with suppress(IntegrityError), connection.begin_nested():
                connection.execute(row)
        with store.read() as connection:
            assert len(connection.execute(select(log_checkpoints)).all()) == 1


def test_a_read_changes_nothing(postgresql_server: str) -> None:
    from tests.postgres import new_database

    change = log_checkpoints.insert().values(size=1, note="x")
    with (
        open_store(new_database(postgresql_server)) as store,
        pytest.raises(DBAPIError),
        store.read() as seen,
    ):
        seen.execute(change)


def test_writers_of_one_turn_wait_for_each_other(store_url: str) -> None:
    def add_one(store: Store) -> None:
        for _ in range(10):
            with store.write("test") as connection:
                row = connection.execute(select(log_checkpoints.c.note)).scalar()
                if row is None:
                    connection.execute(log_checkpoints.insert().values(size=0, note="1"))
                else:
                    connection.execute(log_checkpoints.update().values(note=str(int(row) + 1)))

    with open_store(store_url) as store:
        threads = [threading.Thread(target=add_one, args=(store,)) for _ in range(5)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        with store.read() as connection:
            assert connection.execute(select(log_checkpoints.c.note)).scalar() == "50"


def test_processes_that_open_a_new_store_at_once_make_one(store_url: str) -> None:
    code = "import sys; from hauberk.store import open_store; open_store(sys.argv[1]).close()"
    children = [
        subprocess.Popen([sys.executable, "-c", code, store_url], stderr=subprocess.PIPE) for _ in range(4)
    ]
    assert [(child.communicate()[1], child.returncode) for child in children] == [(b"", 0)] * 4


def test_a_reader_sees_one_state_while_others_write(store_url: str) -> None:
    with open_store(store_url) as store:
        with store.read() as reading:
            assert reading.execute(select(log_checkpoints.c.size)).all() == []
            with store.write("test") as writing:
                writing.execute(log_checkpoints.insert().values(size=1, note="x"))
            assert reading.execute(select(log_checkpoints.c.size)).all() == []
        with store.read() as reading:
            assert reading.execute(select(log_checkpoints.c.size)).scalars().all() == [1]


def test_statements_are_found_by_each_subject_those_in_the_log_first(store_url: str) -> None:
    other = Digest("cd" * 32)
    with open_store(store_url) as store:
        kept = Statements(store)
        kept.put(b"later", claim("b", ABOUT, other), 7)
        kept.put(b"nowhere", claim("c"))
        kept.put(b"earlier", claim("a", ABOUT, ABOUT), 3)
        found = kept.by_subject(ABOUT)
        assert [(each.envelope, each.predicate_type, each.entry) for each in found] == [
            (b"earlier", "a", 3),
            (b"later", "b", 7),
            (b"nowhere", "c", None),
        ]
        assert [each.envelope for each in kept.by_subject(other)] == [b"later"]
        assert kept.by_subject(Digest("00" * 32)) == ()


def test_an_entry_is_added_to_a_statement_and_never_changed(store_url: str) -> None:
    with open_store(store_url) as store:
        kept = Statements(store)
        for entry in (None, 4, 5, None):
            kept.put(b"x", claim(), entry)
        assert [each.entry for each in kept.by_subject(ABOUT)] == [4]


def test_a_restarted_servers_connections_are_made_again(postgresql_server: str) -> None:
    from tests.postgres import new_database

    with open_store(new_database(postgresql_server)) as store:
        with store.read() as connection:
            own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with open_store(postgresql_server) as other, other.read() as connection:
            connection.exec_driver_sql("SELECT pg_terminate_backend(%s)", (own,))
        Statements(store).put(b"x", claim())
        assert len(Statements(store).by_subject(ABOUT)) == 1


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("mysql://root@localhost/x", UsageError),
        ("sqlite://", UsageError),
        ("sqlite:///:memory:", UsageError),
        ("sqlite:///a?mode=memory", UsageError),
        ("://", UsageError),
        ("postgresql://u:p@localhost:notaport/x", UsageError),
        ("nowhere/at/all.db", MissingPath),
        ("a\0b", UsageError),
        ("", UsageError),
    ],
)
def test_what_is_no_place_for_a_store_is_refused(url: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        open_store(url)


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database at all\n" * 100)
    with pytest.raises(Malformed, match="no store"):
        open_store(str(path))
    with pytest.raises(UsageError, match="folder"):
        open_store(str(tmp_path))


def test_a_server_that_is_not_there_is_inaccessible_and_its_password_stays_unsaid() -> None:
    with pytest.raises(Inaccessible) as told:
        open_store("postgresql://someone:s3cret@127.0.0.1:1/x")
    assert "s3cret" not in str(told.value)


def test_what_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(MissingExtra, match=r"hauberk\[server\]"):
        open_store("x.db")
