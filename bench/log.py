"""What a transparency log costs: appends that are on disk, proofs, and a whole verification.

python -m bench.log [--entries 1000000] [--only sqlite]
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hauberk.attest.log.audit import audit
from hauberk.attest.log.checkpoint import signed_checkpoint
from hauberk.attest.log.folder import LogFolder, export
from hauberk.attest.log.log import Log
from hauberk.attest.log.proof import verify_inclusion
from hauberk.store import open_store

BATCH = 1000  # entries
SINGLES = 1000
PROOFS = 20_000
LEAF = b'{"digest":"sha256:%064x","time":"2026-01-01T00:00:00Z","type":"https://hauberk.dev/leaf/v1"}'


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--entries", type=int, default=50_000)
    arguments.add_argument("--only", default="", help="sqlite or postgresql")
    chosen = arguments.parse_args()
    print(f"{chosen.entries} entries of {len(LEAF % 0)} bytes\n")
    print("| store | what | a second | floor |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        _row("(disk)", "bare fsync of 4 KiB appended to a file", _syncs(Path(name)), 0)
        for kind, url in (("sqlite", _sqlite), ("postgresql", _postgresql)):
            if chosen.only in kind:
                with url(Path(name)) as found:
                    _measure(kind, found, chosen.entries, Path(name) / kind)


def _syncs(folder: Path) -> float:
    with (folder / "syncs").open("wb", buffering=0) as file:

        def one() -> None:
            file.write(b"x" * 4096)
            os.fsync(file.fileno())

        return _rate(300, lambda: [one() for _ in range(300)])


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield str(folder / "log.db")


@contextmanager
def _postgresql(_: Path) -> Iterator[str]:
    from tests.postgres import new_database, postgresql

    with postgresql() as server:
        yield new_database(server)


def _measure(kind: str, url: str, entries: int, folder: Path) -> None:
    chance = random.Random(1)
    with open_store(url) as store:
        log = Log(store)
        log.append([b"first"])
        rate = _rate(SINGLES, lambda: [log.append([LEAF % each]) for each in range(SINGLES)])
        _row(kind, "durable appends of one entry", rate, 200)
        batches = [[LEAF % (at + each) for each in range(BATCH)] for at in range(0, entries, BATCH)]
        _row(
            kind,
            f"entries in durable batches of {BATCH}",
            _rate(entries, lambda: [*map(log.append, batches)]),
            10_000,
        )
        places = [chance.randrange(entries) for _ in range(PROOFS)]
        log = Log(store)
        rate = _rate(PROOFS, lambda: [log.inclusion(each) for each in places])
        _row(kind, "inclusion proofs, tiles not yet in memory", rate, 5_000)
        rate = _rate(PROOFS, lambda: [log.inclusion(each) for each in places])
        _row(kind, "inclusion proofs, tiles in memory", rate, 5_000)
        _check(log, places[:2000])
        size = entries + SINGLES + 1
        _row(kind, "entries exported", _rate(size, lambda: export(log, folder)), 0)
        _row(
            kind,
            "entries verified in the store",
            _rate(size, lambda: _hold(audit(log, [log.key()]).fault)),
            0,
        )
        copied = LogFolder(folder)
        _row(
            kind,
            "entries verified in a folder",
            _rate(size, lambda: _hold(audit(copied, [log.key()]).fault)),
            0,
        )


def _check(log: Log, places: list[int]) -> None:
    entries = {each: log.entry(each) for each in places}
    proofs = log.inclusions(places)
    head = signed_checkpoint(proofs[0].checkpoint.encode(), log.key())

    def verify() -> None:
        for each in proofs:
            verify_inclusion(entries[each.index], each.index, each.hashes, head)

    _row("(none)", "inclusion proofs checked", _rate(len(proofs), verify), 0)


def _hold(fault: object) -> None:
    assert fault is None, fault


def _rate(count: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def _row(kind: str, what: str, rate: float, floor: int) -> None:
    print(f"| {kind} | {what} | {rate:,.0f} | {f'{floor:,}' if floor else ''} |", flush=True)


if __name__ == "__main__":
    main()
