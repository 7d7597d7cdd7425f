"""What was learned of bytes that have not changed since, under rules that have not changed since."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hauberk.core.asset import Asset
from hauberk.core.digest import Digest
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.package import Package
from hauberk.core.report import Examined
from hauberk.formats.companion import Companion
from hauberk.scan.examine import Examination

if TYPE_CHECKING:
    import sqlite3

ROOT = str(Path(__file__).parent.parent)
# The rooms whose code decides what is learned of an asset.
JUDGING = ("core", "formats", "analysis", "rules", "scan")
# Seconds that one writer waits for another before it goes on without the cache.
PATIENCE = 2.0


@cache
def rule_set() -> str:
    """The digest of all code and data that judge, so that evidence says what it was judged by."""
    state = hashlib.sha256()
    for room in JUDGING:
        _add(state, f"{ROOT}/{room}", room)
    return f"sha256:{state.hexdigest()}"


def _add(state: hashlib._Hash, folder: str, path: str) -> None:
    """Every file of the folder, by name order."""
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for each in entries:
        name = f"{path}/{each.name}"
        if each.is_dir():
            if each.name != "__pycache__":
                _add(state, each.path, name)
        elif not name.endswith(".pyc"):
            with open(each.path, "rb", 0) as file:  # noqa: PTH123  # 300 of them: each start reads them all
                octets = file.read()
            state.update(f"{name}\0{len(octets)}\0".encode())
            state.update(octets)


@dataclass(slots=True)
class Cache:
    """A table of examinations in one SQLite file. A cache that fails costs time, never truth."""

    path: Path
    _pid: int = 0
    _open: sqlite3.Connection | None = field(default=None, repr=False)

    def find(self, asset: Asset) -> Examination | None:
        """What is known of the asset's bytes under its name, or None."""
        import sqlite3

        try:
            row = (
                self._connection()
                .execute("SELECT learned FROM seen WHERE key = ?", (_key(asset),))
                .fetchone()
            )
            return _restored(json.loads(row[0]), asset) if row else None
        except (sqlite3.Error, OSError, ValueError, LookupError, TypeError):
            return None

    def keep(self, asset: Asset, learned: Examination) -> None:
        """Remember it for next time, unless it held a bug."""
        if any(gap.reason == "bug" for gap in learned.gaps):
            return
        import sqlite3

        try:
            with self._connection() as connection:
                row = (_key(asset), json.dumps(_portable(learned, asset), separators=(",", ":")))
                connection.execute("INSERT OR REPLACE INTO seen VALUES (?, ?)", row)
        except (sqlite3.Error, OSError, ValueError):
            return

    def _connection(self) -> sqlite3.Connection:
        import sqlite3

        # A connection must not cross a fork (SQLite, 'How to corrupt', section 2.6).
        if self._open is None or self._pid != os.getpid():
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._open, self._pid = sqlite3.connect(self.path, timeout=PATIENCE), os.getpid()
            self._open.execute("PRAGMA journal_mode = WAL")
            self._open.execute("PRAGMA synchronous = OFF")
            self._open.execute("CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, learned TEXT)")
        return self._open


def _key(asset: Asset) -> str:
    # Formats look at names too: the same bytes under another name may be judged otherwise.
    return f"{rule_set()} {asset.digest} {asset.hint} {asset.name}"


def _portable(learned: Examination, asset: Asset) -> dict[str, object]:
    """JSON in which the asset's own locator is left out, so that a moved file is still known."""

    def inner(locator: str) -> str:
        return locator.removeprefix(asset.locator)

    def place(at: Place) -> list[object]:
        return [inner(at.locator), at.offset, at.line]

    return {
        "assets": [
            [inner(each.locator), each.size, list(each.formats), each.digest.hex if each.digest else None]
            for each in learned.assets
        ],
        "findings": [
            [each.rule, place(each.place), each.message, each.subject, each.severity]
            for each in learned.findings
        ],
        "gaps": [
            [place(each.place), each.reason, each.message, each.remedy, each.rule] for each in learned.gaps
        ],
        "packages": [_portable_package(each, inner(each.locator)) for each in learned.packages],
        "companions": [
            [inner(each.of), each.name, each.end, each.taken, each.count] for each in learned.companions
        ],
    }


def _portable_package(each: Package, locator: str) -> list[object]:
    fields = [each.ecosystem, each.name, each.version, locator, each.line, each.licence]
    return [*fields, list(each.hashes), list(each.requires), each.origin, each.source, each.source_version]


def _restored_package(kept: list[object], asset: Asset) -> Package:
    found = Package(*kept)  # type: ignore[arg-type]  # written by _portable_package
    return replace(
        found,
        locator=asset.locator + found.locator,
        hashes=tuple(found.hashes),
        requires=tuple(found.requires),
    )


def _restored(kept: dict[str, list[list[object]]], asset: Asset) -> Examination:
    def place(at: object) -> Place:
        found = Place(*at)  # type: ignore[misc]  # written by _portable
        return replace(found, locator=asset.locator + found.locator)

    out = Examination()
    for locator, size, formats, digest in kept["assets"]:
        known = Digest(str(digest)) if digest else None
        out.assets.append(Examined(f"{asset.locator}{locator}", int(str(size)), tuple(formats), known))  # type: ignore[arg-type]  # written by _portable
    for rule, at, message, subject, severity in kept["findings"]:
        grade = None if severity is None else Severity(int(str(severity)))
        out.findings.append(Finding(str(rule), place(at), str(message), str(subject), grade))
    for at, *words in kept["gaps"]:
        out.gaps.append(Gap(place(at), *map(str, words)))
    out.packages.extend(_restored_package(each, asset) for each in kept["packages"])
    for of, name, *numbers in kept["companions"]:
        out.companions.append(
            Companion(f"{asset.locator}{of}", str(name), *(int(str(each)) for each in numbers))
        )
    return out
