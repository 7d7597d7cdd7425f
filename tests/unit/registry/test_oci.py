"""Manifests: what they are read as, and what the registry makes of versions that came otherwise."""

from __future__ import annotations

import hashlib
import json

import pytest

from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed, OverBudget
from hauberk.registry.denied import Denied
from hauberk.registry.oci.manifest import MAX_MANIFEST, Manifest, read_manifest
from hauberk.registry.oci.modelpack import made_of
from hauberk.registry.oci.words import digest_of, repository_of
from hauberk.registry.repository import Commit, Repository
from hauberk.registry.tree import EMPTY, Added, Tree, large_entry
from tests.oci import CONFIG, IMAGE, descriptor, digest, manifest

MODEL = Repository(1, "model", "ann/m", False, 0)


def tree_of(paths: list[str]) -> Tree:
    return EMPTY.after(
        [Added(large_entry(each, Digest(hashlib.sha256(b"").hexdigest()), 0)) for each in paths]
    )


def made(tree: Tree, kind: str = "model") -> Manifest:
    commit = Commit(1, "a" * 40, 1, "", tree.digest, "ann", "t", "", 1_700_000_000)
    return made_of(Repository(1, kind, "ann/m", False, 0), commit, tree)[0]


def test_the_version_is_the_files_the_config_and_the_manifest_itself() -> None:
    octets = manifest({"b/model.bin": b"x"}, layers=[descriptor(b"x", "w", "b/model.bin"), descriptor(b"y")])
    found = read_manifest(octets, IMAGE)
    paths = {each.path: str(each.digest) for each in found.tree.entries}
    assert paths == {
        ".oci/manifest.json": digest(octets),
        ".oci/image-config.json": digest(CONFIG),
        "b/model.bin": digest(b"x"),
        f"layers/{digest(b'y').removeprefix('sha256:')}": digest(b"y"),
    }


def test_one_blob_may_be_two_files_and_one_file_not_two_blobs() -> None:
    both = read_manifest(manifest({"a": b"x", "b": b"x"}))
    assert {"a", "b"} < set(both.tree.by_path)
    layers = [descriptor(each, "w", "a") for each in (b"x", b"y")]
    with pytest.raises(Malformed, match="two layers have the path"):
        assert read_manifest(manifest({}, layers=layers)).tree


def test_the_type_is_what_both_the_body_and_its_sender_say() -> None:
    assert read_manifest(manifest({}, mediaType=None), IMAGE).media_type == IMAGE
    assert read_manifest(manifest({})).media_type == IMAGE
    for octets, said in ((manifest({}, mediaType=None), ""), (manifest({}), "application/json")):
        with pytest.raises(Malformed):
            read_manifest(octets, said)


def test_what_is_too_much_is_refused() -> None:
    for octets in (b" " * (MAX_MANIFEST + 1), manifest({}, layers=[descriptor(b"")] * 10_001)):
        with pytest.raises(OverBudget):
            read_manifest(octets)
    with pytest.raises(OverBudget, match="manifest of 9000 files"):
        made(tree_of([f"{number:04}{'x' * 200}" for number in range(9000)]))


def test_a_made_manifest_is_the_same_each_time_and_reads_as_any_other() -> None:
    tree = tree_of(["model.safetensors", "LICENSE", "src/a.py", "tokenizer.json", "x.bin"])
    found = made(tree)
    assert found.octets == made(tree).octets
    assert found == read_manifest(found.octets)
    kinds = [each.media_type.split(".model.")[1].removesuffix(".v1.raw") for each in found.layers]
    assert kinds == ["doc", "weight", "code", "weight.config", "weight"]
    assert {each.media_type for each in made(tree_of(["a.parquet", "b.json"]), "dataset").layers} == {
        "application/vnd.cncf.model.dataset.v1.raw"
    }
    config = json.loads(made_of(MODEL, Commit(1, "a" * 40, 1, "", tree.digest, "", "", "", 0), tree)[1])
    assert config["modelfs"] == {"type": "layers", "diffIds": [str(each.digest) for each in tree.entries]}


def test_names_and_digests_are_read_in_one_way() -> None:
    assert repository_of("ann/m") == ("model", "ann/m")
    assert repository_of("datasets/ann/d") == ("dataset", "ann/d")
    for name in ("", "m", "a/b/c", "datasets/d", "v2/x", "a/.."):
        with pytest.raises(Denied):
            repository_of(name)
    for text in ("", "sha256:", "SHA256:" + "a" * 64, "sha256:" + "A" * 64, "sha256:" + "a" * 65):
        with pytest.raises(Denied):
            digest_of(text)
