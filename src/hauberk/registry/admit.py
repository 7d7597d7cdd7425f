"""Admission: whatever is committed is scanned, one version after the other, while the registry serves."""

from __future__ import annotations

import io
import logging
import multiprocessing
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from hauberk.core.errors import HauberkError
from hauberk.core.finding import Place
from hauberk.core.gap import Gap
from hauberk.core.report import Report
from hauberk.core.verdict import Word
from hauberk.registry.examine import Examined, examine, lay_out, told
from hauberk.registry.life import SCANNING, Life, Scan
from hauberk.registry.life_rows import Version, keep_version, version_of
from hauberk.registry.limits import Limits
from hauberk.registry.outlines import Outlines
from hauberk.registry.repository import Commit, Repository
from hauberk.registry.tree import EMPTY, Tree

LOG = logging.getLogger("hauberk.registry")
LEASE = 60  # seconds after which a scan of which nobody says that it goes on counts as lost
BEAT = 15.0  # seconds between two times that it is said
PAUSE = 1.0  # seconds between looks, where nobody says that something came
MAX_REPORT = 1 << 30  # bytes


@dataclass
class Admission:
    """Takes versions out of quarantine, in a thread of its own."""

    life: Life
    jobs: int = 0
    came: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Scan what is waiting, until `ended`."""
        while not self.ended.is_set():
            try:
                if self.next():
                    continue
                self.life.custody.publish()
            except HauberkError as error:
                LOG.error("admission: %s", error)
            except Exception:
                LOG.exception("admission failed, and goes on")
            self.came.wait(PAUSE)
            self.came.clear()

    def next(self) -> bool:
        """Scan one version that waits; whether there was one."""
        next_one = waiting(self.life, int(time.time()) - LEASE)
        if next_one is None:
            return False
        repository, commit = next_one
        if self._claim(repository, commit):
            LOG.info("scanning %s at %s", repository.name, commit.id[:12])
            with self._beating(repository, commit):
                word = self._settled(repository, commit)
            LOG.info("%s at %s: %s", repository.name, commit.id[:12], word.value)
        return True

    def _settled(self, repository: Repository, commit: Commit) -> Word:
        found = self._scanned(repository, commit)
        self._outline(commit)
        report = self.life.hub.blobs.put(io.BytesIO(found.report), MAX_REPORT)
        self.life.settle(
            repository, commit, Scan(found.word, found.words, found.predicate, report, found.bom)
        )
        return found.word

    @contextmanager
    def _beating(self, repository: Repository, commit: Commit) -> Iterator[None]:
        """Say that the scan goes on, until the end of the block: after a crash others wait no longer."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(BEAT):
                try:
                    self._say_on(repository, commit)
                except HauberkError as error:
                    LOG.warning("%s: cannot say that its scan goes on: %s", commit.id[:12], error)

        thread = threading.Thread(target=beat, name="beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _say_on(self, repository: Repository, commit: Commit) -> None:
        from hauberk.registry.commits import turn_of

        with self.life.hub.store.write(turn_of(repository.id)) as connection:
            found = version_of(connection, repository, commit.tree)
            if found is not None and found.state == SCANNING:
                keep_version(connection, repository, commit.tree, replace(found, claimed=int(time.time())))

    def _outline(self, commit: Commit) -> None:
        """Make large files ready to be sent in parts, before anybody may ask for them."""
        hub = self.life.hub
        try:
            Outlines(hub.store, hub.blobs).make_all(hub.tree(commit), Limits().whole)
        except (HauberkError, OSError) as error:
            LOG.error("%s: no outline, which is made when a client asks: %s", commit.id[:12], error)

    def _claim(self, repository: Repository, commit: Commit) -> bool:
        """Whether this process is the one that scans the version."""
        from hauberk.registry.commits import turn_of

        now = int(time.time())
        with self.life.hub.store.write(turn_of(repository.id)) as connection:
            found = version_of(connection, repository, commit.tree)
            if found is not None and (found.state != SCANNING or found.claimed > now - LEASE):
                return False
            told = Version(SCANNING, "it is being scanned", now, "")
            keep_version(connection, repository, commit.tree, told)
        return True

    def _scanned(self, repository: Repository, commit: Commit) -> Examined:
        blobs = self.life.hub.blobs
        folder = Path(tempfile.mkdtemp(prefix="scan-", dir=blobs.incoming()))
        try:
            tree = self.life.hub.tree(commit)
            lay_out(tree, blobs, folder)
            return _apart(folder, repository.name, (tree, self.jobs or os.cpu_count() or 1))
        except (HauberkError, OSError, BrokenProcessPool) as error:
            LOG.error("%s at %s could not be scanned: %s", repository.name, commit.id[:12], error)
            return _unexamined(f"it could not be scanned: {error}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def admitting(life: Life) -> Iterator[Admission]:
    """Admission in a thread, until the end of the block. A scan under way is lost, and begun again."""
    admission = Admission(life)
    thread = threading.Thread(target=admission.run, name="admission", daemon=True)
    thread.start()
    try:
        yield admission
    finally:
        admission.ended.set()
        admission.came.set()
        thread.join(timeout=5)


def _apart(folder: Path, name: str, how: tuple[Tree, int]) -> Examined:
    # A fresh process for every version: what one leaves behind in memory, no other meets.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(examine, str(folder), name, *how).result()


def _unexamined(words: str) -> Examined:
    from hauberk.scan.cache import rule_set

    return told(Report(gaps=(Gap(Place("."), "failed", words),), rule_set=rule_set()), "")


def waiting(life: Life, lost_before: int) -> tuple[Repository, Commit] | None:
    """The oldest version of any branch or tag that was never scanned, or whose scan was lost."""
    from sqlalchemy import or_, select

    from hauberk.registry.commits import as_commit
    from hauberk.registry.life_tables import versions
    from hauberk.registry.tables import commits, repositories

    same = (versions.c.repository == commits.c.repository) & (versions.c.tree == commits.c.tree)
    is_lost = (versions.c.state == SCANNING) & (versions.c.claimed < lost_before)
    query = (
        select(commits)
        .outerjoin(versions, same)
        .join(repositories, repositories.c.id == commits.c.repository)
        .where(repositories.c.removed.is_(None), commits.c.tree != EMPTY.digest.hex)
        .where(or_(versions.c.tree.is_(None), is_lost))
        .order_by(commits.c.created, commits.c.number)
        .limit(1)
    )
    with life.hub.store.read() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    commit = as_commit(row)
    repository = life.hub.by_id(commit.repository)
    return (repository, commit) if repository else None
