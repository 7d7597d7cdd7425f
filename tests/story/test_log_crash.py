"""Processes that append are killed at random moments: what they were told is in the log stays in it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from hauberk.attest.log.audit import audit
from hauberk.attest.log.folder import LogFolder, export
from hauberk.attest.log.log import Log
from hauberk.store import open_store
from tests.postgres import postgresql_server, store_url

__all__ = ["postgresql_server", "store_url"]

ROUNDS = 12
LONGEST = 0.25  # seconds that a child lives after its first entry
APPEND = """if True:
    import sys
    from hauberk.attest.log.log import Log
    from hauberk.store import open_store
    with open_store(sys.argv[1]) as store:
        log = Log(store)
        for number in range(100000):
            entries = [f"{sys.argv[2]} {number} {each}".encode() for each in range(1 + number * 7 % 90)]
            first = log.append(entries).first
            sys.stdout.write(f"{first} {len(entries)} {sys.argv[2]} {number}\\n")
            sys.stdout.flush()
"""
EXPORT = """if True:
    import sys
    from pathlib import Path
    from hauberk.attest.log.folder import export
    from hauberk.attest.log.log import Log
    from hauberk.store import open_store
    with open_store(sys.argv[1]) as store:
        print("ready", flush=True)
        export(Log(store), Path(sys.argv[2]))
"""


def killed(code: str, arguments: list[str], after: float) -> list[bytes]:
    """The whole lines that a child wrote before it was killed, `after` seconds from its first."""
    child = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE)
    assert child.stdout
    first = child.stdout.readline()
    time.sleep(after)
    child.send_signal(signal.SIGKILL)
    rest = child.communicate()[0]
    lines = (first + rest).split(b"\n")
    return lines[:-1]  # the last one ends where the child did


def test_no_entry_that_was_acknowledged_is_lost(store_url: str) -> None:
    chance = random.Random(9162)
    told: list[bytes] = []
    with open_store(store_url) as store:
        log = Log(store)
        log.append([b"the first"])
        for number in range(ROUNDS):
            # Two at once: one is killed while the other waits for it, or holds what it waits for.
            children = [
                subprocess.Popen(
                    [sys.executable, "-c", APPEND, store_url, f"{number}.{each}"], stdout=subprocess.PIPE
                )
                for each in range(2)
            ]
            for child in children:
                assert child.stdout
                told.append(child.stdout.readline())
                time.sleep(chance.uniform(0, LONGEST))
                child.send_signal(signal.SIGKILL)
            for child in children:
                told += child.communicate()[0].split(b"\n")[:-1]
            log.append([b"between"])  # the log goes on
        found = audit(log, [log.key()])
        assert found.fault is None
        entries = Reader(log)
        for line in told:
            first, count, name, number = line.decode().split()
            for each in range(int(count)):
                assert entries.at(int(first) + each) == f"{name} {number} {each}".encode()
        assert len(told) >= 2 * ROUNDS


class Reader:
    """Entries by index, a bundle at a time."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._bundles: dict[int, list[bytes]] = {}

    def at(self, index: int) -> bytes:
        from hauberk.attest.log.tiles import TileName, read_bundle

        number, place = divmod(index, 256)
        if number not in self._bundles:
            self._bundles[number] = read_bundle(self._log.tile(TileName(None, number)))
        return self._bundles[number][place]


def test_an_export_that_is_killed_leaves_the_log_before_and_is_done_again(tmp_path: Path) -> None:
    path, folder = str(tmp_path / "log.db"), tmp_path / "log"
    chance = random.Random(6962)
    with open_store(path) as store:
        log = Log(store)
        log.append([b"%d" % each for each in range(5000)])
        export(log, folder)
        for number in range(6):
            log.append([b"%d more %d" % (number, each) for each in range(5000)])
            before = (folder / "checkpoint").read_bytes()
            killed(EXPORT, [path, str(folder)], chance.uniform(0, 0.05))
            now = audit(LogFolder(folder), [log.key()], [before])
            assert now.fault is None
            assert now.checkpoint.size in (5000 * (number + 1), 5000 * (number + 2))
            export(log, folder)
            again = audit(LogFolder(folder), [log.key()], [before])
            assert (again.fault, again.checkpoint.size) == (None, 5000 * (number + 2))


def test_a_store_that_was_killed_opens_without_its_shared_memory_file(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    told = killed(APPEND, [str(path), "x"], 0.1)
    path.with_name("log.db-shm").unlink(missing_ok=True)  # made again from the log of writes
    with open_store(str(path)) as store:
        log = Log(store)
        first, count, _, number = told[-1].decode().split()
        assert log.entry(int(first) + int(count) - 1) == f"x {number} {int(count) - 1}".encode()
        assert audit(log, [log.key()]).fault is None
