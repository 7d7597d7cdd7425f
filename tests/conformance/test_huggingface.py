"""The registry as the stock Hugging Face client sees it: unmodified, with only an address and a token."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hub import Hub, running_hub

CARD = (
    b"---\nlicense: mit\n---\n# A model\n\nMade for a test. It fails at everything else than being stored.\n"
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("hub") / "registry") as found:
        yield found


@pytest.fixture(scope="module")
def writer(hub: Hub) -> str:
    return hub.account("ann", "contributor")


def tensors(seed: int, rows: int = 100) -> bytes:
    import numpy
    from safetensors.numpy import save

    weights = numpy.random.default_rng(seed).normal(size=(rows, 64)).astype("float32")
    return save({"w": weights})


def model(folder: Path, seed: int = 1, rows: int = 100) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(tensors(seed, rows))
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "README.md").write_bytes(CARD)
    (folder / "sub").mkdir(exist_ok=True)
    (folder / "sub" / "vocab.txt").write_text("a\nb\n")
    return folder


def pushed(hub: Hub, token: str, name: str, folder: Path, kind: str = "model") -> str:
    api = hub.api(token)
    api.create_repo(name, exist_ok=True, repo_type=kind)
    commit: str = api.upload_folder(repo_id=name, folder_path=folder, repo_type=kind).oid
    hub.wait(name if kind == "model" else f"datasets/{name}", commit)
    return commit


def files(folder: Path) -> dict[str, bytes]:
    found = (each for each in folder.rglob("*") if each.is_file() and ".cache" not in each.parts)
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in found}


def test_the_command_line_uploads_and_downloads(hub: Hub, writer: str, tmp_path: Path) -> None:
    source = model(tmp_path / "m")
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": writer,
        "HF_HOME": str(tmp_path / "home"),
    }
    hf = str(Path(sys.executable).with_name("hf"))
    subprocess.run([hf, "upload", "ann/line", str(source), "."], env=environment, check=True, timeout=120,
                   capture_output=True)  # fmt: skip
    assert hub.wait("ann/line") == "clean"
    target = tmp_path / "t"
    subprocess.run([hf, "download", "ann/line", "--local-dir", str(target)], env=environment, check=True,
                   timeout=120, capture_output=True)  # fmt: skip
    assert files(target) == files(source)


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_a_snapshot_is_what_was_uploaded(hub: Hub, writer: str, tmp_path: Path, kind: str) -> None:
    name = f"ann/snapshot-{kind}"
    source = model(tmp_path / "m")
    commit = pushed(hub, writer, name, source, kind)
    found = snapshot_download(
        name, repo_type=kind, endpoint=hub.url, token=writer, cache_dir=tmp_path / "cache"
    )
    assert Path(found).name == commit
    assert files(Path(found)) == files(source)


def test_large_files_come_through_xet(hub: Hub, writer: str, tmp_path: Path) -> None:
    source = tmp_path / "m"
    source.mkdir()
    kinds = {
        "random.bin": os.urandom(9_000_001),
        "zeros.bin": bytes(5_000_000),
        "weights.safetensors": tensors(3, 20_000),
        "text.csv": b"1,2,3\n" * 900_000,
    }
    for name, octets in kinds.items():
        (source / name).write_bytes(octets)
    api = hub.api(writer)
    api.create_repo("ann/large")
    commit = api.upload_folder(repo_id="ann/large", folder_path=source).oid
    told = {each.path: each for each in api.list_repo_tree("ann/large", revision=commit)}
    for name, octets in kinds.items():
        assert told[name].size == len(octets)
        assert told[name].lfs.sha256 == hashlib.sha256(octets).hexdigest()
    again = api.upload_file(repo_id="ann/large", path_or_fileobj=source / "random.bin", path_in_repo="b.bin")
    told = {each.path: each for each in api.list_repo_tree("ann/large", revision=again.oid)}
    assert told["b.bin"].lfs.sha256 == hashlib.sha256(kinds["random.bin"]).hexdigest()


def test_what_one_repository_has_another_may_get(hub: Hub, writer: str, tmp_path: Path) -> None:
    source = model(tmp_path / "m", seed=9, rows=30_000)
    for name in ("ann/twin-one", "ann/twin-two"):
        commit = pushed(hub, writer, name, source)
        found = hf_hub_download(
            name,
            "model.safetensors",
            revision=commit,
            endpoint=hub.url,
            token=writer,
            cache_dir=tmp_path / "c",
        )
        assert Path(found).read_bytes() == (source / "model.safetensors").read_bytes()


def test_the_interface_says_what_is_there(hub: Hub, writer: str, tmp_path: Path) -> None:
    api = hub.api(writer)
    assert api.whoami()["name"] == "ann"
    commit = pushed(hub, writer, "ann/listed", model(tmp_path / "m"))
    assert api.create_repo("ann/listed", exist_ok=True).repo_id == "ann/listed"
    with pytest.raises(HfHubHTTPError):
        api.create_repo("ann/listed")
    assert "ann/listed" in [each.id for each in api.list_models(search="liste")]
    told = api.model_info("ann/listed", files_metadata=True)
    assert told.sha == commit and {each.rfilename for each in told.siblings} == set(files(tmp_path / "m"))
    assert api.file_exists("ann/listed", "sub/vocab.txt") and not api.file_exists("ann/listed", "nothing")
    assert api.repo_exists("ann/listed") and not api.repo_exists("ann/nowhere")
    found = api.get_paths_info("ann/listed", ["config.json", "sub", "nothing"])
    assert [each.path for each in found] == ["config.json", "sub"]
    assert api.list_repo_commits("ann/listed")[0].commit_id == commit


def test_branches_and_tags(hub: Hub, writer: str, tmp_path: Path) -> None:
    api = hub.api(writer)
    first = pushed(hub, writer, "ann/refs", model(tmp_path / "m"))
    api.create_tag("ann/refs", tag="v1")
    api.create_branch("ann/refs", branch="next")
    api.upload_file(repo_id="ann/refs", path_or_fileobj=b"x\n", path_in_repo="x.txt", revision="next")
    hub.wait("ann/refs", "next")
    told = api.list_repo_refs("ann/refs")
    assert {each.name for each in told.branches} == {"main", "next"}
    assert {each.name: each.target_commit for each in told.tags} == {"v1": first}
    for revision, is_there in (("v1", False), ("main", False), ("next", True)):
        assert api.file_exists("ann/refs", "x.txt", revision=revision) == is_there
    api.delete_tag("ann/refs", tag="v1")
    api.delete_branch("ann/refs", branch="next")
    with pytest.raises(RevisionNotFoundError):
        hf_hub_download(
            "ann/refs", "x.txt", revision="next", endpoint=hub.url, token=writer, cache_dir=tmp_path
        )


def test_commits_add_delete_and_conflict(hub: Hub, writer: str, tmp_path: Path) -> None:
    api = hub.api(writer)
    first = pushed(hub, writer, "ann/commits", model(tmp_path / "m"))
    operations = [CommitOperationAdd("new.txt", b"new\n"), CommitOperationDelete("sub/", is_folder=True)]
    second = api.create_commit("ann/commits", operations, commit_message="change", parent_commit=first).oid
    assert {each.path for each in api.list_repo_tree("ann/commits", revision=second)} == {
        "README.md", "config.json", "model.safetensors", "new.txt"
    }  # fmt: skip
    with pytest.raises(HfHubHTTPError, match="409"):
        late = [CommitOperationAdd("late.txt", b"late\n")]
        api.create_commit("ann/commits", late, commit_message="late", parent_commit=first)
    api.delete_file("new.txt", "ann/commits")
    assert not api.file_exists("ann/commits", "new.txt", revision="main")


def test_no_concurrent_commit_is_lost(hub: Hub, writer: str) -> None:
    api = hub.api(writer)
    api.create_repo("ann/crowd")
    names = [f"file-{number}.txt" for number in range(12)]

    def add(name: str) -> None:
        api.upload_file(repo_id="ann/crowd", path_or_fileobj=f"{name}\n".encode(), path_in_repo=name)

    threads = [threading.Thread(target=add, args=(name,)) for name in names]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert {each.path for each in api.list_repo_tree("ann/crowd")} == set(names)
    assert len(api.list_repo_commits("ann/crowd")) == len(names) + 1


def test_tokens_are_asked_for_and_looked_at(hub: Hub, writer: str, tmp_path: Path) -> None:
    pushed(hub, writer, "ann/guarded", model(tmp_path / "m"))
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        hub.api("hf_wrong").whoami()
    with pytest.raises(HfHubHTTPError):
        hub.api("hf_wrong").create_repo("ann/x")
    reader = hub.account("rob", "reader", "read")
    with pytest.raises(HfHubHTTPError, match="403"):
        hub.api(reader).upload_file(repo_id="ann/guarded", path_or_fileobj=b"x", path_in_repo="x")
    with pytest.raises(HfHubHTTPError, match="403"):
        hub.api(reader).create_repo("rob/own")
    assert hub.api(reader).file_exists("ann/guarded", "config.json")


def test_what_is_private_does_not_exist_for_others(hub: Hub, writer: str, tmp_path: Path) -> None:
    hub.api(writer).create_repo("ann/secret", private=True)
    pushed(hub, writer, "ann/secret", model(tmp_path / "m"))
    other = hub.account("eve", "contributor")
    assert "ann/secret" not in [each.id for each in hub.api(other).list_models()]
    for name in ("ann/secret", "ann/never-was"):
        with pytest.raises(RepositoryNotFoundError):
            hub.api(other).model_info(name)
        with pytest.raises(RepositoryNotFoundError):
            hf_hub_download(name, "config.json", endpoint=hub.url, token=other, cache_dir=tmp_path / "c")
    hub.admin("grant", "ann/secret", "eve")
    assert hub.api(other).file_exists("ann/secret", "config.json")


def test_what_is_not_there_is_said_to_be_so(hub: Hub, writer: str, tmp_path: Path) -> None:
    pushed(hub, writer, "ann/holes", model(tmp_path / "m"))
    cache = {"endpoint": hub.url, "token": writer, "cache_dir": tmp_path / "c"}
    with pytest.raises(EntryNotFoundError):
        hf_hub_download("ann/holes", "nothing.txt", **cache)
    with pytest.raises(RevisionNotFoundError):
        hf_hub_download("ann/holes", "config.json", revision="nothing", **cache)
    with pytest.raises(RepositoryNotFoundError):
        hf_hub_download("ann/nothing", "config.json", **cache)


def test_poison_is_quarantined_and_refused_in_words(hub: Hub, writer: str, tmp_path: Path) -> None:
    import pickle

    class Poison:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, ("true",)

    source = model(tmp_path / "m")
    (source / "pytorch_model.bin").write_bytes(pickle.dumps(Poison()))
    api = hub.api(writer)
    api.create_repo("ann/poison")
    commit = api.upload_folder(repo_id="ann/poison", folder_path=source).oid
    assert hub.wait("ann/poison", commit) == "stopped"
    cache = {
        "endpoint": hub.url,
        "token": hub.account("reader", "reader", "read"),
        "cache_dir": tmp_path / "c",
    }
    for revision in ("main", commit):
        with pytest.raises(RevisionNotFoundError, match=r"imports posix\.system"):
            hf_hub_download("ann/poison", "config.json", revision=revision, **cache)
    with pytest.raises(RevisionNotFoundError):
        snapshot_download("ann/poison", **cache)


def test_a_download_goes_on_where_it_was_cut(hub: Hub, writer: str, tmp_path: Path) -> None:
    source = model(tmp_path / "m", rows=40_000)
    commit = pushed(hub, writer, "ann/cut", source)
    whole = (source / "model.safetensors").read_bytes()
    path = f"/ann/cut/resolve/{commit}/model.safetensors"
    half = hub.ask("GET", path, token=writer, headers={"Range": f"bytes={len(whole) // 2}-"})
    assert half.status == 206 and half.body == whole[len(whole) // 2 :]
    over = hub.ask("GET", path, token=writer, headers={"Range": "bytes=0-999999999"})
    assert over.status == 206 and over.body == whole
    head = hub.ask("HEAD", path, token=writer)
    assert head.headers["x-repo-commit"] == commit
    assert head.headers["etag"] == f'"{hashlib.sha256(whole).hexdigest()}"'
    assert int(head.headers["content-length"]) == len(whole)
    assert "content-encoding" not in head.headers


def test_transformers_loads_from_it(hub: Hub, writer: str, tmp_path: Path) -> None:
    from transformers import AutoConfig, AutoModel, BertConfig, BertModel

    tiny = BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, vocab_size=64
    )
    BertModel(tiny).save_pretrained(tmp_path / "m")
    (tmp_path / "m" / "README.md").write_bytes(CARD)
    pushed(hub, writer, "ann/tiny", tmp_path / "m")
    code = (
        "import sys; from transformers import AutoModel\n"
        "print(sum(each.numel() for each in AutoModel.from_pretrained('ann/tiny').parameters()))"
    )
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": writer,
        "HF_HOME": str(tmp_path / "home"),
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True,
                          timeout=300, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert AutoConfig and AutoModel
    assert int(done.stdout) == sum(each.numel() for each in BertModel(tiny).parameters())
