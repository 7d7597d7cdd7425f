"""A version is signed from what is stored about it, and the signature is of its bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from hauberk.attest.model_signing import compare, verified
from hauberk.core.errors import HauberkError, Refused
from hauberk.registry.signing import sign_version
from tests.lives import lives

FILES = {"m.bin": b"weights", "inner/config.json": b"{}"}


def test_no_file_is_read_and_the_signature_is_of_the_files(tmp_path: Path) -> None:
    with lives(tmp_path / "registry") as hub:
        made = hub.version(FILES)
        for each in hub.life.hub.tree(made).entries:
            hub.life.hub.blobs.path(each.digest).unlink()
        bundle = sign_version(hub.life, hub.repository(), made)
        signed = verified(bundle, hub.life.custody.keyring.registry().public)
        assert "signature" in {kind for kind, _ in hub.said(made)}
    for path, octets in FILES.items():
        (tmp_path / "model" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "model" / path).write_bytes(octets)
    compare(signed, tmp_path / "model")
    (tmp_path / "model" / "m.bin").write_bytes(b"others!")
    with pytest.raises(HauberkError, match=r"m\.bin"):
        compare(signed, tmp_path / "model")


def test_a_version_without_files_is_not_signed(tmp_path: Path) -> None:
    with lives(tmp_path / "registry") as hub:
        made = hub.life.hub.resolve(hub.repository(), "main")
        with pytest.raises(Refused):
            sign_version(hub.life, hub.repository(), made)
