import os
import socket
from pathlib import Path

import pytest

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Inaccessible
from hauberk.core.gap import Gap
from hauberk.sources import file_content
from hauberk.sources.disk import assets_under
from hauberk.sources.file_content import MAX_OPEN, SMALL_BYTES, FileContent

IS_ROOT = os.geteuid() == 0


def names(root: Path) -> list[str]:
    return [each.locator[len(str(root)) + 1 :] for each in assets_under(root) if isinstance(each, Asset)]


def gaps(root: Path) -> list[Gap]:
    return [each for each in assets_under(root) if isinstance(each, Gap)]


def write(path: Path, octets: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(octets)
    return path


def test_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.bin", "a/z.bin", "a/a.bin", "c"):
        write(tmp_path / name)
    assert names(tmp_path) == ["a/a.bin", "a/z.bin", "b.bin", "c"]


def test_other_peoples_folders_are_skipped_unless_named(tmp_path: Path) -> None:
    for name in (".git/config", "__pycache__/a.pyc", ".venv/b", "node_modules/c", "d"):
        write(tmp_path / name)
    assert names(tmp_path) == ["d"]
    assert names(tmp_path / ".git") == ["config"]
    told: list[str] = []
    list(assets_under(tmp_path, told.append))
    assert [Path(each).name for each in told] == [".git", ".venv", "__pycache__", "node_modules"]


def test_a_file_is_itself(tmp_path: Path) -> None:
    (asset,) = assets_under(write(tmp_path / "m.pkl", b"octets"))
    assert isinstance(asset, Asset)
    assert asset.kind is Kind.FILE
    assert asset.head == b"octets"


def test_a_model_repository_is_an_asset_with_its_files(tmp_path: Path) -> None:
    for name in ("config.json", "unet/model.bin", "unet/config.json", "other"):
        write(tmp_path / "repo" / name, name.encode())
    folders = [
        each for each in assets_under(tmp_path) if isinstance(each, Asset) and each.kind is Kind.FOLDER
    ]
    assert [each.locator for each in folders] == [str(tmp_path / "repo"), str(tmp_path / "repo" / "unet")]
    files = folders[0].files
    assert files is not None
    assert sorted(files) == ["config.json", "other", "unet/config.json", "unet/model.bin"]
    assert files["unet/model.bin"].read(0, 99) == b"unet/model.bin"


def test_the_current_folder_has_plain_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a" / "config.json")
    write(tmp_path / "config.json")
    monkeypatch.chdir(tmp_path)
    assets = [each for each in assets_under(".") if isinstance(each, Asset)]
    assert [each.locator for each in assets] == ["a/config.json", "config.json", ".", "a"]
    assert sorted(assets[2].files or ()) == ["a/config.json", "config.json"]


def test_a_link_inside_is_followed_and_one_out_is_a_gap(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root / "real.bin", b"inside")
    write(tmp_path / "secret", b"outside")
    (root / "in").symlink_to("real.bin")
    (root / "out").symlink_to("../secret")
    (root / "folder").symlink_to("..")
    (root / "loop").symlink_to("loop")
    (root / "gone").symlink_to("nowhere")
    assert names(root) == ["in", "real.bin"]
    assert {gap.place.locator.rpartition("/")[2] for gap in gaps(root)} == {"out", "folder", "loop", "gone"}


def test_a_linked_folder_inside_is_examined_once(tmp_path: Path) -> None:
    write(tmp_path / "a" / "x")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "a" / "up").symlink_to("..")
    assert names(tmp_path) == ["a/x"]
    assert not gaps(tmp_path)


def test_a_link_into_a_skipped_folder_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path / ".git" / "x" / "y")
    (tmp_path / "b").symlink_to(".git/x")
    assert [gap.reason for gap in gaps(tmp_path)] == ["inaccessible"]


def test_the_hub_cache_is_read_under_the_names_of_its_links(tmp_path: Path) -> None:
    hub = tmp_path / "models--a--b"
    write(hub / "blobs" / "0123", b"{}")
    snapshot = hub / "snapshots" / "main"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").symlink_to("../../blobs/0123")
    assert names(snapshot) == ["config.json", ""]
    assert names(hub) == ["snapshots/main/config.json", "snapshots/main"]
    assert not gaps(snapshot)


def test_what_is_no_file_is_a_gap_and_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as here:
        here.bind(str(tmp_path / "socket")[:100])
        found = {gap.place.locator.rpartition("/")[2]: gap.message for gap in gaps(tmp_path)}
    assert found["pipe"] == "is a FIFO; it was not opened"
    assert len(found) == 2
    assert "FIFO" in gaps(tmp_path / "pipe")[0].message


@pytest.mark.skipif(IS_ROOT, reason="root may read everything")
def test_what_may_not_be_read_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path / "folder" / "x")
    (tmp_path / "folder").chmod(0)
    try:
        assert len(gaps(tmp_path)) == 1
    finally:
        (tmp_path / "folder").chmod(0o700)


def test_names_that_are_no_text_are_printable(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.bin"))).write_bytes(b"x")
    (asset,) = assets_under(tmp_path)
    assert isinstance(asset, Asset)
    assert asset.locator.endswith("/\\xff.bin")
    assert asset.head == b"x"


@pytest.mark.parametrize("size", [10, SMALL_BYTES + 10])
def test_a_file_that_changes_is_inaccessible(tmp_path: Path, size: int) -> None:
    path = write(tmp_path / "m", bytes(size))
    content = FileContent.of(str(path), path.stat())
    path.write_bytes(bytes(size + 1))
    with pytest.raises(Inaccessible, match="changed"):
        content.read(0, 1)
    path.unlink()
    content.close()
    with pytest.raises(Inaccessible, match="opened"):
        content.read(0, 1)


def test_a_file_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    path = write(tmp_path / "m")
    content = FileContent.of(str(path), path.stat())
    path.rename(tmp_path / "other")
    path.symlink_to("other")
    with pytest.raises(Inaccessible):
        content.read(0, 1)


def test_reads_stay_within_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "m", bytes(range(256)) * 1000)
    content = FileContent.of(str(path), path.stat())
    assert content.read(255_999, 10) == b"\xff"
    assert content.read(256_000, 10) == b""
    assert content.read(-1, 10) == b""
    assert content.read(256, 2) == b"\0\1"


def test_few_files_are_open_at_once(tmp_path: Path) -> None:
    for number in range(MAX_OPEN + 20):
        path = write(tmp_path / str(number), bytes(SMALL_BYTES + 1))
        FileContent.of(str(path), path.stat()).read(0, 1)
    assert len(file_content._open) <= MAX_OPEN


def test_a_missing_path_is_a_gap(tmp_path: Path) -> None:
    assert [gap.reason for gap in gaps(tmp_path / "nothing")] == ["inaccessible"]


def test_what_is_excluded_is_not_entered(tmp_path: Path) -> None:
    write(tmp_path / "kept.bin")
    write(tmp_path / "out" / "deep" / "left.bin")
    write(tmp_path / "out" / ".git" / "config")
    (tmp_path / "out" / "link").symlink_to("/etc/hostname")
    (tmp_path / "other").symlink_to("/etc/hostname")
    passed_over: list[str] = []

    exclude = [f"{tmp_path}/out/*", f"{tmp_path}/oth*"]
    found = list(assets_under(tmp_path, passed_over.append, exclude))

    assert [each.locator for each in found if isinstance(each, Asset)] == [f"{tmp_path}/kept.bin"]
    assert not [each for each in found if isinstance(each, Gap)]
    assert not passed_over
