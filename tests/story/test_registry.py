"""The registry's story: poison is refused, a clean model goes its way to production and is recalled, and the
chain of custody tells all of it to somebody who has only a copied folder."""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import snapshot_download
from huggingface_hub.errors import RevisionNotFoundError

from tests.hub import HAUBERK, Hub, running_hub

CARD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: text-classification
---
# Tiny

A classifier for tests. It is meant for nothing else, and knows nothing about the world: do not use it.
"""


class Poison:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def tiny(folder: Path, seed: int) -> Path:
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(seed)
    shape = BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, vocab_size=64
    )
    BertModel(shape).save_pretrained(folder)
    (folder / "README.md").write_text(CARD)
    return folder


def say(*words: str, code: int = 0) -> str:
    done = subprocess.run([*HAUBERK, *words], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def load(hub: Hub, name: str, home: Path, token: str, revision: str = "main") -> str:
    """What `transformers` says when it loads the model in a process of its own."""
    code = (
        "import sys; from transformers import AutoModel\n"
        "model = AutoModel.from_pretrained(sys.argv[1], revision=sys.argv[2])\n"
        "print('loaded', sum(each.numel() for each in model.parameters()))"
    )
    environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_TOKEN": token, "HF_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", code, name, revision], env=environment, capture_output=True,
                          text=True, timeout=300, check=False)  # fmt: skip
    return done.stdout + done.stderr


def test_from_upload_to_recall(tmp_path: Path) -> None:
    with running_hub(tmp_path / "registry", "--environment=production") as hub:
        ann = hub.account("ann", "contributor")
        hub.account("bob", "approver")
        reader = hub.account("rita", "reader", "read")
        _poison_is_refused(hub, ann, reader, tmp_path)
        commit = _clean_goes_to_production(hub, ann, reader, tmp_path)
        _a_worse_one_is_rolled_back(hub, ann, reader, tmp_path, commit)
        _recalled_is_gone(hub, reader, tmp_path, commit)
        hub.admin("evidence", "ann/tiny", "--revision", commit, "-o", str(tmp_path / "evidence"))
        say("log", "export", str(hub.folder / "registry.db"), str(tmp_path / "log"))
        digest = str(hub.ask("GET", f"/-/standing/model/ann/tiny/{commit}").body, "utf-8")
    _the_chain_tells(tmp_path, json.loads(digest)["digest"])


def _poison_is_refused(hub: Hub, ann: str, reader: str, tmp_path: Path) -> None:
    folder = tiny(tmp_path / "poisoned", 1)
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Poison()))
    hub.api(ann).create_repo("ann/poisoned")
    hub.api(ann).upload_folder(repo_id="ann/poisoned", folder_path=folder)
    assert hub.wait("ann/poisoned") == "stopped"
    with pytest.raises(RevisionNotFoundError, match=r"imports posix\.system"):
        snapshot_download("ann/poisoned", endpoint=hub.url, token=reader, cache_dir=tmp_path / "cache")
    for words in (["approve"], ["promote"]):
        told = hub.admin(*words, "ann/poisoned", "--environment", "production", "--as", "bob",
                         code=0 if words == ["approve"] else 1)  # fmt: skip
    assert "does not take this version" in told and "2 critical" in told


def _clean_goes_to_production(hub: Hub, ann: str, reader: str, tmp_path: Path) -> str:
    api = hub.api(ann)
    api.create_repo("ann/tiny")
    commit: str = api.upload_folder(repo_id="ann/tiny", folder_path=tiny(tmp_path / "tiny", 2)).oid
    assert hub.wait("ann/tiny") == "clean"
    assert "0 approve" in hub.admin("promote", "ann/tiny", "--environment", "production", code=1)
    hub.admin("account", "ann", "--role", "approver")
    told = hub.admin("approve", "ann/tiny", "--environment", "production", "--as", "ann", code=1)
    assert "contributed this version" in told
    hub.admin("sign", "ann/tiny", "-o", str(tmp_path / "model.sig"))
    hub.admin("approve", "ann/tiny", "--environment", "production", "--as", "bob")
    with pytest.raises(RevisionNotFoundError, match="nobody has promoted it"):
        snapshot_download("ann/tiny", endpoint=hub.url, token=reader, cache_dir=tmp_path / "cache")
    hub.admin("promote", "ann/tiny", "--environment", "production", "--as", "bob")
    assert "loaded" in load(hub, "ann/tiny", tmp_path / "home", reader)
    return commit


def _a_worse_one_is_rolled_back(hub: Hub, ann: str, reader: str, tmp_path: Path, good: str) -> None:
    worse = hub.api(ann).upload_folder(repo_id="ann/tiny", folder_path=tiny(tmp_path / "worse", 3)).oid
    hub.wait("ann/tiny", worse)
    assert _served(hub, reader, tmp_path) == good  # what is new waits, and production goes on
    for words in (["approve"], ["promote"]):
        hub.admin(*words, "ann/tiny", "--environment", "production", "--as", "bob")
    assert _served(hub, reader, tmp_path) == worse
    hub.admin("rollback", "ann/tiny", "--environment", "production", "--as", "bob")
    assert _served(hub, reader, tmp_path) == good
    with pytest.raises(RevisionNotFoundError, match="rolled back"):
        snapshot_download(
            "ann/tiny", revision=worse, endpoint=hub.url, token=reader, cache_dir=tmp_path / "c"
        )


def _served(hub: Hub, reader: str, tmp_path: Path) -> str:
    found = snapshot_download("ann/tiny", endpoint=hub.url, token=reader, cache_dir=tmp_path / "cache")
    return Path(found).name


def _recalled_is_gone(hub: Hub, reader: str, tmp_path: Path, commit: str) -> None:
    hub.admin("recall", "ann/tiny", "--revision", commit, "--reason", "it answers with other people's data",
              "--as", "bob")  # fmt: skip
    with pytest.raises(RevisionNotFoundError, match="recalled: it answers with other people's data"):
        snapshot_download("ann/tiny", endpoint=hub.url, token=reader, cache_dir=tmp_path / "cache")
    cache = tmp_path / "home" / "hub"
    snapshot = cache / "models--ann--tiny" / "snapshots" / commit
    assert snapshot.is_dir()
    environment = {**os.environ, "HF_TOKEN": reader}
    words = [*HAUBERK, "registry", "sweep", str(cache), "--url", hub.url, "--yes"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60, env=environment)
    assert "removed 1 recalled" in done.stdout
    assert not snapshot.exists() and "loaded" not in load(hub, "ann/tiny", tmp_path / "home", reader)


def _the_chain_tells(tmp_path: Path, digest: str) -> None:
    trust = str(tmp_path / "evidence" / "trust.json")
    told = say("trace", digest, "-e", str(tmp_path / "evidence" / "statements"), "-t", trust)
    for words in ("scanned by hauberk", "signed, ", "bob", "production", "reject"):
        assert words in told, told
    assert not re.search(r"does not count", told), told
    copied = tmp_path / "elsewhere"
    (tmp_path / "log").rename(copied)
    key = (tmp_path / "evidence" / "log.vkey").read_text().strip()
    assert "entries hold together" in say("log", "verify", str(copied), "--key", key)
