"""Advisories in a store: added by whole sources, found by package."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from hauberk.core.advisory import Advisory, Affected, Bound, Event, Exploited
from hauberk.core.digest import Digest
from hauberk.core.finding import Severity

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hauberk.store.store import Store

TURN = "advisories"
# Rows of one statement: SQLite takes 32,766 parameters, PostgreSQL's driver 32,767.
CHUNK = 1_000
# zlib's fastest: the records are JSON, and the import should not take longer than reading them.
LEVEL = 1
# One for all: to make an encoder for each of 100,000 records takes a second.
COMPACT = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Source:
    """What was imported at one go. Times are RFC 3339; `newest` is that of the latest record."""

    name: str
    digest: Digest
    imported: str
    newest: str
    records: int


@dataclass(frozen=True, slots=True)
class Record:
    """An advisory, and the bytes that it was read from."""

    advisory: Advisory
    octets: bytes


@dataclass(frozen=True, slots=True)
class Added:
    """How many records are new or newer than what was known, how many were seen, the latest one's time."""

    changed: int
    seen: int
    newest: str


@dataclass(frozen=True, slots=True)
class Advisories:
    """The advisories in a store."""

    store: Store

    def add(self, records: Iterable[Record]) -> Added:
        """Add what is new or newer, in one transaction: all of it, or nothing."""
        changed = seen = 0
        newest = ""
        remaining = iter(records)
        with self.store.write(TURN) as connection:
            while chunk := list(islice(remaining, CHUNK)):
                seen += len(chunk)
                newest = max(newest, *(each.advisory.modified for each in chunk))
                changed += _put(connection, chunk)
        return Added(changed, seen, newest)

    def add_exploits(self, exploits: Iterable[Exploited]) -> int:
        """Add what is known of exploits; a fact that is not told now stays as it was."""
        from sqlalchemy import func

        from hauberk.store.advisory_tables import advisory_exploits as table

        count = 0
        remaining = iter(exploits)
        with self.store.write(TURN) as connection:
            statement: Any = _insert(connection)(table)
            told = statement.excluded
            statement = statement.on_conflict_do_update(
                index_elements=["cve"],
                set_={
                    "exploited": func.coalesce(func.nullif(told.exploited, ""), table.c.exploited),
                    "probability": func.coalesce(told.probability, table.c.probability),
                },
            )
            while chunk := list(islice(remaining, CHUNK)):
                count += len(chunk)
                rows = [
                    {"cve": each.cve, "exploited": each.since, "probability": each.probability}
                    for each in chunk
                ]
                connection.execute(statement, rows)
        return count

    def note(self, source: Source) -> None:
        """Remember what was imported; a source of the same name is replaced."""
        from sqlalchemy import delete, insert

        from hauberk.store.advisory_tables import advisory_sources as table

        with self.store.write(TURN) as connection:
            connection.execute(delete(table).where(table.c.name == source.name))
            row = {"name": source.name, "digest": source.digest.hex, "imported": source.imported}
            connection.execute(insert(table), [{**row, "newest": source.newest, "records": source.records}])

    def sources(self) -> list[Source]:
        """What was imported, by name."""
        from sqlalchemy import select

        from hauberk.store.advisory_tables import advisory_sources as table

        with self.store.read() as connection:
            rows = connection.execute(select(table).order_by(table.c.name))
            return [
                Source(row.name, Digest(row.digest), row.imported, row.newest, row.records) for row in rows
            ]

    def count(self) -> int:
        """How many records there are."""
        from sqlalchemy import func, select

        from hauberk.store.advisory_tables import advisories as table

        with self.store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    def covered(self, ecosystems: Iterable[str]) -> frozenset[str]:
        """Those of which anything is known."""
        from sqlalchemy import select

        from hauberk.store.advisory_tables import advisory_packages as table

        with self.store.read() as connection:
            return frozenset(
                each
                for each in set(ecosystems)
                if connection.execute(
                    select(table.c.ecosystem).where(table.c.ecosystem == each).limit(1)
                ).first()
            )

    def about(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Advisory]]:
        """The advisories about packages, given as (ecosystem, name), without those withdrawn."""
        found: dict[tuple[str, str], list[Advisory]] = {}
        by_ecosystem: dict[str, set[str]] = {}
        for ecosystem, name in names:
            by_ecosystem.setdefault(ecosystem, set()).add(name)
        with self.store.read() as connection:
            for ecosystem, wanted in sorted(by_ecosystem.items()):
                for chunk in _chunks(sorted(wanted)):
                    for name, about, affected in _rows_about(connection, ecosystem, chunk):
                        advisory = _advisory(about, ecosystem, name, affected)
                        if not advisory.withdrawn:
                            found.setdefault((ecosystem, name), []).append(advisory)
        return found

    def exploits(self, cves: Iterable[str]) -> Mapping[str, Exploited]:
        """What is known of exploits of these CVEs."""
        from sqlalchemy import select

        from hauberk.store.advisory_tables import advisory_exploits as table

        found: dict[str, Exploited] = {}
        with self.store.read() as connection:
            for chunk in _chunks(sorted(set(cves))):
                for row in connection.execute(select(table).where(table.c.cve.in_(chunk))):
                    found[row.cve] = Exploited(row.cve, row.exploited, row.probability)
        return found

    def record(self, id: str) -> bytes | None:
        """The record's bytes as they came, or None."""
        from sqlalchemy import select

        from hauberk.store.advisory_tables import advisories as table

        with self.store.read() as connection:
            kept = connection.execute(select(table.c.record).where(table.c.id == id)).scalar()
        return None if kept is None else zlib.decompress(bytes(kept))

    def records(self) -> Iterator[tuple[str, bytes]]:
        """Every record by id, with its bytes as they came."""
        from sqlalchemy import select

        from hauberk.store.advisory_tables import advisories as table

        with self.store.read() as connection:
            last = ""
            query = select(table.c.id, table.c.record).order_by(table.c.id).limit(CHUNK)
            while rows := connection.execute(query.where(table.c.id > last)).all():
                for row in rows:
                    yield row.id, zlib.decompress(bytes(row.record))
                last = rows[-1].id

    def all_exploits(self) -> list[Exploited]:
        """Everything known of exploits, by CVE."""
        from sqlalchemy import select

        from hauberk.store.advisory_tables import advisory_exploits as table

        with self.store.read() as connection:
            rows = connection.execute(select(table).order_by(table.c.cve))
            return [Exploited(row.cve, row.exploited, row.probability) for row in rows]


def _insert(connection: Connection) -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert


def _rows_about(connection: Connection, ecosystem: str, names: Sequence[str]) -> list[Any]:
    from sqlalchemy import select

    from hauberk.store.advisory_tables import advisories
    from hauberk.store.advisory_tables import advisory_packages as table

    query = select(table.c.name, advisories.c.about, table.c.affected)
    query = query.join(advisories, advisories.c.id == table.c.advisory)
    query = query.where(table.c.ecosystem == ecosystem, table.c.name.in_(names))
    return list(connection.execute(query.order_by(table.c.name, table.c.advisory)))


def _put(connection: Connection, chunk: Sequence[Record]) -> int:
    """Add those of the chunk that are newer than what is there; how many they were."""
    from sqlalchemy import delete, insert, select

    from hauberk.store.advisory_tables import advisories, advisory_packages

    by_id = {each.advisory.id: each for each in chunk}
    query = select(advisories.c.id, advisories.c.modified).where(advisories.c.id.in_(list(by_id)))
    known = {row.id: row.modified for row in connection.execute(query)}
    fresh = [each for id, each in by_id.items() if known.get(id, "") < each.advisory.modified]
    stale = [each.advisory.id for each in fresh if each.advisory.id in known]
    if stale:
        connection.execute(delete(advisories).where(advisories.c.id.in_(stale)))
        connection.execute(delete(advisory_packages).where(advisory_packages.c.advisory.in_(stale)))
    if fresh:
        connection.execute(insert(advisories), [_row(each) for each in fresh])
    packages = [row for each in fresh for row in _package_rows(each.advisory)]
    if packages:
        connection.execute(insert(advisory_packages), packages)
    return len(fresh)


def _row(record: Record) -> dict[str, object]:
    advisory = record.advisory
    about = [
        advisory.id,
        advisory.modified,
        advisory.summary,
        advisory.aliases,
        advisory.severity,
        advisory.score,
        advisory.withdrawn,
    ]
    return {
        "id": advisory.id,
        "modified": advisory.modified,
        "about": COMPACT.encode(about),
        "record": zlib.compress(record.octets, LEVEL),
    }


def _package_rows(advisory: Advisory) -> Iterator[dict[str, str]]:
    by_name: dict[tuple[str, str], list[Affected]] = {}
    for each in advisory.affected:
        by_name.setdefault((each.ecosystem, each.name), []).append(each)
    for (ecosystem, name), entries in by_name.items():
        said = [
            [each.versions, [[(event.bound, event.version) for event in one] for one in each.ranges]]
            for each in entries
        ]
        affected = COMPACT.encode(said)
        yield {"ecosystem": ecosystem, "name": name, "advisory": advisory.id, "affected": affected}


def _advisory(about: str, ecosystem: str, name: str, affected: str) -> Advisory:
    id, modified, summary, aliases, severity, score, withdrawn = json.loads(about)
    entries = tuple(
        Affected(
            ecosystem,
            name,
            tuple(versions),
            tuple(tuple(Event(Bound(bound), version) for bound, version in one) for one in ranges),
        )
        for versions, ranges in json.loads(affected)
    )
    grade = None if severity is None else Severity(severity)
    return Advisory(id, modified, summary, tuple(aliases), grade, score, withdrawn, entries)


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(values), CHUNK):
        yield values[at : at + CHUNK]
