"""The stock `model_signing` command line and ours read each other, and its known defects are not ours.

It lives in an environment of its own, with pinned hashes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.peers import HOME

REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "model-signing.txt"
CURVES = {"p256": "secp256r1", "p384": "secp384r1", "p521": "secp521r1"}


@pytest.fixture(scope="session")
def stock() -> Path:
    """The folder of the reference signer's programs, installed once."""
    home = HOME / "model-signing"
    if not (home / "bin" / "model_signing").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        install = [home / "bin" / "pip", "install", "-q", "--require-hashes", "-r", REQUIREMENTS]
        subprocess.run(install, check=True)
    return home / "bin"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "a").mkdir(parents=True)
    (folder / "a-b").write_bytes(b"sorts between the folder and what is in it")
    (folder / "a" / "x.bin").write_bytes(os.urandom(100_000))
    (folder / "config.json").write_text("{}")
    (folder / "empty").write_bytes(b"")
    return folder


def run(*command: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(each) for each in command], capture_output=True, text=True, env={**os.environ, **(env or {})}
    )


def hauberk(*arguments: object) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "hauberk", *arguments)


def keys(folder: Path, kind: str = "p256") -> tuple[Path, Path]:
    made = hauberk("keygen", folder / "key", "--kind", kind)
    assert made.returncode == 0, made.stderr
    return folder / "key", folder / "key.pub"


@pytest.mark.parametrize("kind", CURVES)
def test_theirs_verifies_ours(kind: str, stock: Path, model: Path, tmp_path: Path) -> None:
    key, public = keys(tmp_path, kind)
    assert hauberk("sign", model, "-k", key, "-s", tmp_path / "s").returncode == 0
    told = run(
        stock / "model_signing", "verify", "key", model, "--signature", tmp_path / "s", "--public_key", public
    )
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize("kind", CURVES)
def test_ours_verifies_theirs(kind: str, stock: Path, model: Path, tmp_path: Path) -> None:
    key, public = keys(tmp_path, kind)
    signed = run(
        stock / "model_signing", "sign", "key", model, "--private_key", key, "--signature", tmp_path / "s"
    )
    assert signed.returncode == 0, signed.stderr
    told = hauberk("verify", model, "-s", tmp_path / "s", "-p", public)
    assert told.returncode == 0, told.stderr


SHARDS = """
from model_signing import hashing, signing
config = hashing.Config()
config.use_{method}_serialization(hashing_algorithm={algorithm!r}{more})
signer = signing.Config().use_elliptic_key_signer(private_key={key!r})
signer.set_hashing_config(config).sign({model!r}, {out!r})
"""


@pytest.mark.parametrize(
    ("method", "algorithm", "more"),
    [
        ("shard", "sha256", ", shard_size=40000"),  # defect 3: their own verify cannot read it
        ("shard", "blake2", ", shard_size=40000"),
        ("file", "blake2", ""),  # defect 4
    ],
)
def test_ours_verifies_what_theirs_signs_and_cannot_verify(
    method: str, algorithm: str, more: str, stock: Path, model: Path, tmp_path: Path
) -> None:
    key, public = keys(tmp_path)
    (model / "empty").unlink()  # their shards leave empty files out, against the specification
    out = str(tmp_path / "s")
    values = {
        "method": method,
        "algorithm": algorithm,
        "more": more,
        "key": str(key),
        "model": str(model),
        "out": out,
    }
    signed = run(stock / "python", "-c", SHARDS.format(**values))
    assert signed.returncode == 0, signed.stderr
    assert hauberk("verify", model, "-s", out, "-p", public).returncode == 0
    (model / "a" / "x.bin").write_bytes(os.urandom(100_000))
    told = hauberk("verify", model, "-s", out, "-p", public)
    assert (told.returncode, told.stderr) == (1, "refused: a/x.bin was changed\n")


def test_paths_that_theirs_leaves_out_are_left_out_on_request(
    stock: Path, model: Path, tmp_path: Path
) -> None:
    key, public = keys(tmp_path)
    (model / ".gitattributes").write_text("*.bin filter=lfs\n")
    run(stock / "model_signing", "sign", "key", model, "--private_key", key, "--signature", tmp_path / "s")
    told = hauberk("verify", model, "-s", tmp_path / "s", "-p", public)
    assert told.returncode == 1  # defect 5: executable hooks under .git would be unsigned
    assert ".gitattributes is there, but not signed" in told.stderr
    assert hauberk("verify", model, "-s", tmp_path / "s", "-p", public, "--ignore-git-paths").returncode == 0
    assert hauberk("sign", model, "-k", key, "-s", tmp_path / "t", "--ignore-git-paths").returncode == 0
    stocks = run(
        stock / "model_signing", "verify", "key", model, "--signature", tmp_path / "t", "--public_key", public
    )
    assert stocks.returncode == 0, stocks.stderr


def test_a_snapshot_of_the_hub_cache_verifies_both_ways(stock: Path, tmp_path: Path) -> None:
    key, public = keys(tmp_path)
    snapshot, blobs = tmp_path / "models--a" / "snapshots" / "0", tmp_path / "models--a" / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    (blobs / "b").write_bytes(b"weights")
    (snapshot / "model.safetensors").symlink_to("../../blobs/b")
    assert hauberk("sign", snapshot, "-k", key, "-s", tmp_path / "s").returncode == 0
    assert hauberk("verify", snapshot, "-s", tmp_path / "s", "-p", public).returncode == 0  # defect 9
    told = run(
        stock / "model_signing", "verify", "key", snapshot, "--allow_symlinks",
        "--signature", tmp_path / "s", "--public_key", public,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr


def _link_a_folder(model: Path) -> None:
    outside = model.parent / "outside"
    outside.mkdir()
    (outside / "hook.py").write_text("print()")
    (model / "linked").symlink_to(outside)


def _edit(change: Callable[[dict], object]) -> Callable[[Path], None]:
    def edit(signature: Path) -> None:
        content = json.loads(signature.read_text())
        change(content)
        signature.write_text(json.dumps(content))

    return edit


BUNDLES: dict[str, tuple[Callable[[Path], object], int]] = {
    "truncated": (lambda s: s.write_bytes(s.read_bytes()[:-40]), 3),
    "empty": (lambda s: s.write_bytes(b""), 3),
    "doubled": (lambda s: s.write_bytes(s.read_bytes() * 2), 3),
    "re-hinted": (_edit(lambda b: b["verificationMaterial"]["publicKey"].update(hint="0" * 64)), 1),
    "another payload type": (_edit(lambda b: b["dsseEnvelope"].update(payloadType="text/plain")), 3),
    "two signatures": (
        _edit(lambda b: b["dsseEnvelope"]["signatures"].extend([{"sig": "AAAA", "keyid": ""}])),
        3,
    ),
    "forged": (_edit(lambda b: b["dsseEnvelope"]["signatures"][0].update(sig="AAAA")), 1),
    "another bundle version": (
        _edit(lambda b: b.update(mediaType="application/vnd.dev.sigstore.bundle.v9+json")),
        3,
    ),
    "doubled name": (lambda s: s.write_text(s.read_text().replace("{", '{"mediaType": "x",', 1)), 3),
}


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_that_was_touched_is_refused(name: str, model: Path, tmp_path: Path) -> None:
    key, public = keys(tmp_path)
    assert hauberk("sign", model, "-k", key, "-s", tmp_path / "s").returncode == 0
    alter, code = BUNDLES[name]
    alter(tmp_path / "s")
    told = hauberk("verify", model, "-s", tmp_path / "s", "-p", public)
    assert told.returncode == code, told.stderr
    assert "Traceback" not in told.stderr


def test_an_empty_model_and_a_linked_folder_outside_are_not_signed(model: Path, tmp_path: Path) -> None:
    key, _ = keys(tmp_path)
    (tmp_path / "nothing").mkdir()
    assert hauberk("sign", tmp_path / "nothing", "-k", key, "-s", tmp_path / "s").returncode == 1  # defect 8
    _link_a_folder(model)  # defect 6
    told = hauberk("sign", model, "-k", key, "-s", tmp_path / "s")
    assert (told.returncode, "outside of the model" in told.stderr) == (1, True)
