"""Decisions that meet, and crashes between them: threads and processes, on SQLite and on PostgreSQL."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from hauberk.core.errors import Conflict, MissingPath, Refused
from hauberk.registry.life_rows import Stage, stages_of
from hauberk.registry.repository import Commit
from hauberk.store.statements import Statements
from tests.lives import Lives, lives

ROUNDS = 4


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What the acts return or raise, all begun at the same moment."""
    barrier, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            found[number] = act()  # type: ignore[call-overload]  # a list of whatever
        except (Conflict, Refused, MissingPath) as error:
            found[number] = error  # type: ignore[call-overload]  # as above

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return list(found)


def ready(hub: Lives, number: int) -> Commit:
    """A version that production takes, and that nobody has promoted."""
    made = hub.clean({"m.bin": b"%d" % number})
    hub.life.approve(hub.repository(), made, hub.who("bob"), "production")
    return made


def stages(hub: Lives) -> tuple[Stage, ...]:
    with hub.life.hub.store.read() as connection:
        return stages_of(connection, hub.repository(), "production")


def promoted(hub: Lives, made: Commit) -> int:
    """How many statements say that the version was promoted."""
    return sum(kind == "deployment" and "promotedBy" in said for kind, said in hub.said(made))


def test_a_recall_and_a_promotion_that_meet_never_serve(tmp_path: Path, store_url: str) -> None:
    with lives(tmp_path / "registry", store_url) as hub:
        repository, bob, cleo = hub.repository(), hub.who("bob"), hub.who("cleo")
        for number in range(ROUNDS):
            made = ready(hub, number)
            told = at_once(
                lambda made=made: hub.life.promote(repository, made, bob, "production"),
                lambda made=made: hub.life.recall(repository, made, cleo, "leaks"),
            )
            assert told[1] is None and not hub.allowed(made)
            is_there = any(each.tree == made.tree.hex for each in stages(hub))
            assert is_there == isinstance(told[0], Stage) == bool(promoted(hub, made))


def test_a_no_and_a_promotion_that_meet_never_serve(tmp_path: Path, store_url: str) -> None:
    with lives(tmp_path / "registry", store_url) as hub:
        repository, bob, cleo = hub.repository(), hub.who("bob"), hub.who("cleo")
        for number in range(ROUNDS):
            made = ready(hub, number)
            at_once(
                lambda made=made: hub.life.promote(repository, made, bob, "production"),
                lambda made=made: hub.life.approve(repository, made, cleo, "production", "reject"),
            )
            assert not hub.allowed(made)


def test_promotions_that_meet_leave_one_version_and_every_statement(tmp_path: Path, store_url: str) -> None:
    with lives(tmp_path / "registry", store_url) as hub:
        repository, bob = hub.repository(), hub.who("bob")
        made = [ready(hub, number) for number in range(4)]
        same = made[0]
        acts = [
            lambda each=each: hub.life.promote(repository, each, bob, "production")
            for each in (*made, same, same)
        ]
        told = at_once(*acts)
        assert all(isinstance(each, Stage) for each in told), told
        assert hub.life.served(repository, "production") == stages(hub)[-1].commit
        for each in made:
            rows = [stage for stage in stages(hub) if stage.commit == each.id]
            assert len(rows) == promoted(hub, each) >= 1


def test_files_that_are_recalled_twice_at_once_are_recalled(tmp_path: Path, store_url: str) -> None:
    with lives(tmp_path / "registry", store_url) as hub:
        names, bob = ("ann/m", "ann/copy", "ann/third"), hub.who("bob")
        for number in range(ROUNDS):
            made = {name: hub.clean({"m.bin": b"%d" % number}, name=name) for name in names}
            acts = [
                lambda name=name, each=each: hub.life.recall(hub.repository(name), each, bob, "leaks")
                for name, each in made.items()
            ]
            assert at_once(*acts) == [None] * 3
            assert not any(hub.allowed(each, "dev", name) for name, each in made.items())


def _promote_and_roll_back(folder: str, store: str, commit: str, rounds: int) -> None:
    with lives(Path(folder), store) as hub:
        repository, bob = hub.repository(), hub.who("bob")
        made = hub.life.hub.resolve(repository, commit)
        for _ in range(rounds):
            for act in (
                lambda: hub.life.promote(repository, made, bob, "production"),
                lambda: hub.life.rollback(repository, bob, "production"),
            ):
                with suppress(Conflict, MissingPath):  # where the other one was faster
                    act()


def test_processes_that_promote_and_roll_back_agree_in_the_end(tmp_path: Path, store_url: str) -> None:
    folder = tmp_path / "registry"
    with lives(folder, store_url) as hub:
        made = [ready(hub, number) for number in range(2)]
        context = multiprocessing.get_context("spawn")
        running = [
            context.Process(target=_promote_and_roll_back, args=(str(folder), store_url, each.id, 4))
            for each in made
        ]
        for each in running:
            each.start()
        for each in running:
            each.join(120)
            assert each.exitcode == 0
        hub.life.custody.publish()
        for each in made:
            rows = [stage for stage in stages(hub) if stage.commit == each.id]
            assert len(rows) == promoted(hub, each)
        open_ones = [each for each in stages(hub) if each.left is None]
        served = hub.life.served(hub.repository(), "production")
        assert served == (open_ones[-1].commit if open_ones else None)


CRASH = """
import os, signal, sys
from pathlib import Path
from hauberk.registry.custody import Custody
from hauberk.store.statements import Statements
from tests.lives import lives
with lives(Path(sys.argv[1]), sys.argv[2]) as hub:
    made = hub.clean({"m.bin": b"one"})
    hub.life.approve(hub.repository(), made, hub.who("bob"), "production")
    if sys.argv[3] == "reject":
        hub.life.promote(hub.repository(), made, hub.who("bob"), "production")
    def die(self):
        if Statements(self.store).unlogged(1):
            os.kill(os.getpid(), signal.SIGKILL)
    Custody.publish = die
    if sys.argv[3] == "promote":
        hub.life.promote(hub.repository(), made, hub.who("bob"), "production")
    elif sys.argv[3] == "recall":
        hub.life.recall(hub.repository(), made, hub.who("bob"), "leaks")
    else:
        hub.life.approve(hub.repository(), made, hub.who("cleo"), "production", "reject")
"""


@pytest.mark.parametrize("what", ["promote", "recall", "reject"])
def test_a_crash_before_the_log_loses_neither_the_act_nor_its_statement(
    tmp_path: Path, store_url: str, what: str
) -> None:
    folder = tmp_path / "registry"
    words = [sys.executable, "-c", CRASH, str(folder), store_url, what]
    done = subprocess.run(words, env={**os.environ, "PYTHONPATH": "."}, timeout=120, check=False,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    with lives(folder, store_url) as hub:
        made = hub.life.hub.resolve(hub.repository(), "main")
        assert Statements(hub.life.hub.store).unlogged(10)
        assert hub.life.custody.publish() > 0  # as the admission's thread does at once
        kinds = [(kind, said.get("decision")) for kind, said in hub.said(made)]
        no = ("approval", "reject")
        assert (no if what != "promote" else ("deployment", None)) in kinds
        assert hub.life.custody.publish() == 0
        assert hub.allowed(made) == (what == "promote")
