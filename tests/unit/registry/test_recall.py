"""Recalled versions leave the caches of clients, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from hauberk.core.errors import Inaccessible, MissingPath
from hauberk.registry.sweep import Found, recalled_in, remove

BAD, GOOD = "b" * 40, "a" * 40


def snapshot(cache: Path, commit: str, files: dict[str, str]) -> None:
    """What the stock client writes: blobs, and links to them by name."""
    repository = cache / "models--ann--m"
    for name in ("blobs", "refs", f"snapshots/{commit}/inner"):
        (repository / name).mkdir(parents=True, exist_ok=True)
    for path, octets in files.items():
        (repository / "blobs" / octets).write_text(octets)
        place = repository / "snapshots" / commit / path
        up = "../" * (3 + path.count("/") - 1)
        place.symlink_to(f"{up}blobs/{octets}")
        assert place.read_text() == octets
    (repository / "refs" / "main").write_text(commit)


@pytest.mark.parametrize("named", ["", "hub"])
def test_a_recalled_snapshot_goes_and_shared_blobs_stay(tmp_path: Path, named: str) -> None:
    cache = tmp_path / "cache" / named
    snapshot(cache, GOOD, {"m.bin": "weights", "c.json": "shared"})
    snapshot(cache, BAD, {"m.bin": "poison", "inner/x": "deep", "c.json": "shared"})
    found = recalled_in(tmp_path / "cache", {BAD})
    assert [each.commit for each in found] == [BAD]
    for each in found:
        remove(each)
    repository = cache / "models--ann--m"
    assert {each.name for each in (repository / "blobs").iterdir()} == {"weights", "shared"}
    assert [each.name for each in (repository / "snapshots").iterdir()] == [GOOD]
    assert not (repository / "refs" / "main").exists()
    assert recalled_in(tmp_path / "cache", {BAD}) == []


def test_a_folder_that_was_downloaded_into_loses_its_recalled_files(tmp_path: Path) -> None:
    notes = tmp_path / ".cache" / "huggingface" / "download" / "inner"
    notes.mkdir(parents=True)
    (tmp_path / "inner").mkdir()
    for name, commit in (("bad.bin", BAD), ("good.bin", GOOD)):
        (tmp_path / "inner" / name).write_text(name)
        (notes / f"{name}.metadata").write_text(f"{commit}\netag\n1.0\n")
    (tmp_path / "own.txt").write_text("mine")
    for each in recalled_in(tmp_path, {BAD}):
        remove(each)
    assert sorted(each.name for each in (tmp_path / "inner").iterdir()) == ["good.bin"]
    assert (tmp_path / "own.txt").exists()


def test_links_out_of_the_cache_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside" / "blobs"
    outside.mkdir(parents=True)
    (outside / "mine").write_text("mine")
    cache = tmp_path / "cache"
    snapshot(cache, BAD, {"m.bin": "poison"})
    (cache / "models--ann--m" / "snapshots" / BAD / "evil").symlink_to(outside / "mine")
    for each in recalled_in(cache, {BAD}):
        with pytest.raises(Inaccessible, match="outside"):
            remove(each)
    assert (outside / "mine").read_text() == "mine"


def test_a_place_is_never_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "place").mkdir()
    with pytest.raises(Inaccessible):
        remove(Found(BAD, tmp_path / "place", (tmp_path / "place" / ".." / "file",)))
    assert (tmp_path / "file").exists()


def test_no_folder_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(MissingPath):
        recalled_in(tmp_path / "none", {BAD})
