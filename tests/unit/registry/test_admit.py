"""Admission: what was committed is scanned, once, whatever happens meanwhile."""

from __future__ import annotations

import os
import pickle
import threading
import time
from pathlib import Path

import pytest

from hauberk.registry import admit
from hauberk.registry.admit import Admission, admitting
from hauberk.registry.life import SCANNING
from hauberk.registry.life_rows import Version, keep_version, version_of
from hauberk.registry.repository import Commit
from tests.lives import Lives, lives

CARD = {"README.md": b"# A card\n", "config.json": b"{}"}
SECONDS = 100


class Poison:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def state(hub: Lives, made: Commit, name: str = "ann/m") -> str:
    return hub.life.standing(hub.repository(name), made).state


def claim(hub: Lives, made: Commit, at: int) -> None:
    """As a process that scans it, and then ends."""
    with hub.life.hub.store.write("test") as connection:
        keep_version(connection, hub.repository(), made.tree, Version(SCANNING, "", at, ""))


def claimed(hub: Lives, made: Commit) -> int:
    with hub.life.hub.store.read() as connection:
        found = version_of(connection, hub.repository(), made.tree)
    assert found is not None
    return found.claimed


def test_what_is_committed_is_scanned_in_turn(tmp_path: Path, store_url: str) -> None:
    with lives(tmp_path / "registry", store_url) as hub:
        good = hub.version(CARD)
        bad = hub.version({"pytorch_model.bin": pickle.dumps(Poison())}, name="ann/bad")
        admission = Admission(hub.life)
        assert [admission.next() for _ in range(3)] == [True, True, False]
        assert state(hub, good) == "clean" and hub.allowed(good, "dev")
        assert state(hub, bad, "ann/bad") == "stopped"
        assert "posix.system" in hub.why(bad, "dev", "ann/bad")
        assert {"scan", "verification_summary"} <= {kind for kind, _ in hub.said(bad)}
        assert list(hub.life.hub.blobs.incoming().iterdir()) == []


def test_a_version_is_scanned_by_one_process(tmp_path: Path, store_url: str) -> None:
    with lives(tmp_path / "registry", store_url) as hub:
        made = hub.version(CARD)
        threads = [threading.Thread(target=Admission(hub.life).next) for _ in range(3)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(SECONDS)
        assert [kind for kind, _ in hub.said(made)].count("scan") == 1


def test_a_scan_that_nobody_goes_on_with_is_begun_again(tmp_path: Path) -> None:
    with lives(tmp_path / "registry") as hub:
        made = hub.version(CARD)
        claim(hub, made, int(time.time()))
        assert not Admission(hub.life).next() and state(hub, made) == "scanning"
        claim(hub, made, int(time.time()) - admit.LEASE - 1)
        assert Admission(hub.life).next() and state(hub, made) == "clean"


def test_a_scan_that_goes_on_keeps_its_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admit, "BEAT", 0.05)
    with lives(tmp_path / "registry") as hub:
        made = hub.version(CARD)
        claim(hub, made, 1)
        with Admission(hub.life)._beating(hub.repository(), made):
            end = time.monotonic() + SECONDS
            while claimed(hub, made) == 1 and time.monotonic() < end:
                time.sleep(0.02)
        assert claimed(hub, made) > 1


def test_a_version_whose_bytes_are_gone_is_unknown(tmp_path: Path) -> None:
    with lives(tmp_path / "registry") as hub:
        made = hub.version(CARD)
        for each in hub.life.hub.tree(made).entries:
            hub.life.hub.blobs.path(each.digest).unlink()
        assert Admission(hub.life).next()
        assert state(hub, made) == "unknown" and not hub.allowed(made, "dev")


def test_a_version_of_a_repository_that_was_removed_is_let_be(tmp_path: Path) -> None:
    with lives(tmp_path / "registry") as hub:
        hub.version(CARD)
        hub.life.hub.delete(hub.repository())
        assert not Admission(hub.life).next()


def test_admission_works_beside_and_logs_what_a_crash_left(tmp_path: Path) -> None:
    with lives(tmp_path / "registry") as hub:
        made = hub.version(CARD)
        with admitting(hub.life) as admission:
            admission.came.set()
            end = time.monotonic() + SECONDS
            while state(hub, made) != "clean" and time.monotonic() < end:
                time.sleep(0.1)
        assert state(hub, made) == "clean"
