"""A backup holds all of a registry, and is put back wholly or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from hauberk.core.digest import Digest
from hauberk.core.errors import Conflict, HauberkError, Malformed, MissingPath
from hauberk.registry.backup import back_up, restore
from hauberk.registry.open import open_empty
from hauberk.store import Blobs
from tests.lives import Lives, lives

ONE = {"m.bin": b"one", "README.md": b"# A card"}


def quiet(number: int, total: int) -> None:
    """Nobody looks."""


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Of a registry with a version in production and one in quarantine."""
    with lives(tmp_path / "first") as hub:
        hub.to_production(hub.clean(ONE))
        hub.version({"m.bin": b"two"})
        back_up(hub.opened.site.store, hub.opened.site.blobs, tmp_path / "backup", quiet)
    return tmp_path / "backup"


def put_back(backup: Path, folder: Path, store: str | None = None) -> None:
    with open_empty(folder, store, None) as (opened, blobs):
        restore(backup, opened, blobs, quiet)


def test_what_was_put_back_goes_on(backup: Path, tmp_path: Path, store_url: str) -> None:
    put_back(backup, tmp_path / "second", store_url)
    with lives(tmp_path / "second", store_url) as hub:
        _stands(hub)
        later = hub.clean({"m.bin": b"three"})  # numbers go on where they were
        hub.to_production(later)
        assert hub.life.served(hub.repository(), "production") == later.id
        assert hub.life.rollback(hub.repository(), hub.who("bob"), "production")
        assert hub.life.custody.about(later.tree).attested


def _stands(hub: Lives) -> None:
    served = hub.life.served(hub.repository(), "production")
    assert served is not None
    made = hub.life.hub.resolve(hub.repository(), served)
    assert hub.allowed(made) and not hub.allowed(hub.life.hub.resolve(hub.repository(), "main"), "dev")
    for each in hub.life.hub.tree(made).entries:
        with hub.life.hub.blobs.open(each.digest) as source:
            assert source.read() == ONE[each.path]
    assert {"scan", "approval", "deployment"} <= {kind for kind, _ in hub.said(made)}


def test_nothing_is_put_over_what_is_there(backup: Path, tmp_path: Path) -> None:
    with lives(tmp_path / "other") as hub:
        kept = hub.version({"m.bin": b"other"})
        with pytest.raises(Conflict, match="holds something"):
            restore(backup, hub.opened.site.store, hub.opened.site.blobs, quiet)
        assert hub.life.hub.resolve(hub.repository(), "main") == kept
        with pytest.raises(Conflict, match="not empty"):
            back_up(hub.opened.site.store, hub.opened.site.blobs, backup, quiet)


@pytest.mark.parametrize("damage", ["altered", "gone"])
def test_a_damaged_backup_is_not_put_back(backup: Path, tmp_path: Path, damage: str) -> None:
    import hashlib

    place = Blobs(backup / "blobs").path(Digest(hashlib.sha256(b"one").hexdigest()))
    place.write_bytes(b"eno") if damage == "altered" else place.unlink()
    with pytest.raises(Malformed if damage == "altered" else HauberkError):
        put_back(backup, tmp_path / "second")
    with lives(tmp_path / "second") as hub:
        assert hub.life.hub.find("model", "ann/m") is None


def test_a_folder_that_is_no_backup_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingPath, match="no backup"):
        put_back(tmp_path / "empty", tmp_path / "second")
    (tmp_path / "empty" / "registry.db").write_bytes(b"no database" * 1000)
    with pytest.raises(HauberkError):
        put_back(tmp_path / "empty", tmp_path / "second")
