import os
import time
from pathlib import Path

import pytest

from hauberk.core.asset import Asset, Bytes
from hauberk.core.digest import digest
from hauberk.scan import engine
from hauberk.scan.cache import Cache, rule_set
from hauberk.scan.engine import Work, examine_each
from hauberk.scan.examine import Examination, examine


class Deadly:
    """Content whose reader is killed, as the kernel does when memory runs out."""

    size = 10

    def read(self, offset: int, length: int) -> bytes:
        os.kill(os.getpid(), 9)
        return b""


class Slow:
    size = 10

    def read(self, offset: int, length: int) -> bytes:
        time.sleep(30)
        return b""


class Broken:
    size = 10

    def read(self, offset: int, length: int) -> bytes:
        raise ZeroDivisionError("a bug")


def harmless(count: int) -> list[Asset]:
    return [Asset(f"{i:03}.txt", Bytes(b"hello")) for i in range(count)]


def test_a_killed_worker_costs_one_gap_and_nothing_else() -> None:
    assets = [*harmless(100), Asset("deadly", Deadly()), *harmless(30)]
    out = examine_each(assets, Work(jobs=2))
    assert [each.gaps[0].reason for each in out if each.gaps] == ["over-budget"]
    assert out[100].assets[0].locator == "deadly"
    assert len(out) == 131


def test_many_killed_workers_cost_one_gap_each() -> None:
    assets = [Asset("first", Deadly()), *harmless(150), Asset("last", Deadly())]
    out = examine_each(assets, Work(jobs=2))
    assert [each.assets[0].locator for each in out if each.gaps] == ["first", "last"]


def test_tasks_hold_every_asset_once_and_a_large_one_ends_its_own() -> None:
    large = Asset("large", Bytes(bytes(engine.CHUNK_BYTES)))
    chunks = engine._chunks([*harmless(3), large, *harmless(2000)], jobs=2)
    assert [index for chunk in chunks for index in chunk] == list(range(2004))
    assert chunks[0] == range(4)
    assert max(map(len, chunks)) == engine.CHUNK


def test_results_come_in_the_order_of_the_assets() -> None:
    assets = harmless(200)
    out = examine_each(assets, Work(jobs=2))
    assert [each.assets[0].locator for each in out] == [each.locator for each in assets]


def test_time_is_bounded() -> None:
    started = time.monotonic()
    (out,) = examine_each([Asset("slow", Slow())], Work(seconds=1))
    assert time.monotonic() - started < 10
    assert out.gaps[0].message == "took more than 1 seconds"


def test_a_bug_is_named_as_one_and_hides_nothing_else() -> None:
    out = examine_each([Asset("broken", Broken()), *harmless(1)], Work())
    assert out[0].gaps[0].reason == "bug"
    assert not out[1].gaps


def test_every_asset_is_told_once() -> None:
    told: list[str] = []
    examine_each(harmless(100), Work(jobs=2), lambda asset: told.append(asset.locator))
    assert sorted(told) == [each.locator for each in harmless(100)]


def test_what_is_remembered_is_what_was_learned(tmp_path: Path) -> None:
    octets = b"cposix\nsystem\n(S'true'\ntR."
    asset = Asset("a/m.pkl", Bytes(octets), digest=digest(Bytes(octets)))
    learned = examine(asset)
    Cache(tmp_path / "seen.sqlite").keep(asset, learned)
    assert Cache(tmp_path / "seen.sqlite").find(asset) == learned
    moved = Asset("b/m.pkl", Bytes(octets), digest=asset.digest)
    assert Cache(tmp_path / "seen.sqlite").find(moved) == examine(moved)
    renamed = Asset("b/m.safetensors", Bytes(octets), digest=asset.digest)
    assert Cache(tmp_path / "seen.sqlite").find(renamed) is None


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to look at" * 100])
def test_a_broken_cache_costs_time_and_not_truth(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "seen.sqlite"
    path.write_bytes(content)
    asset = Asset("m.txt", Bytes(b"hello"), digest=digest(Bytes(b"hello")))
    cache = Cache(path)
    cache.keep(asset, Examination())
    assert cache.find(asset) in (None, Examination())


def test_the_rule_set_has_a_digest() -> None:
    assert rule_set().startswith("sha256:")
    assert engine.HASH_UP_TO > 0
