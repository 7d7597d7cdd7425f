"""Model signatures: what was signed is what is there, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.attest.bundle import Bundle, bundle_json, read_bundle
from hauberk.attest.dsse import IN_TOTO, Envelope, Signature, pre_authentication_encoding
from hauberk.attest.keys import generate
from hauberk.attest.model_signing import compare, read_signed, sign_manifest, verified
from hauberk.core.errors import HauberkError, Malformed, Refused, UnreadableAsset
from hauberk.core.statement import Json
from hauberk.sources.manifest import listed_files, manifest_of

KEY = generate("secp256r1")
PAYLOAD = b"any payload"
SIGNATURE = KEY.sign(pre_authentication_encoding(IN_TOTO, PAYLOAD))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "empty").write_bytes(b"")
    (folder / "deep" / "er" / "a:b.bin").write_bytes(os.urandom(300_000))
    (folder / "deep-er").write_bytes(b"sorts between")
    return folder


def bundle_of(model: Path) -> Bundle:
    return read_bundle(bundle_json(sign_manifest(manifest_of(model), "model", KEY)))


def check(bundle: Bundle, model: Path, *excluded: str) -> None:
    compare(verified(bundle, KEY.public), model, excluded)


def test_a_signed_model_verifies(model: Path) -> None:
    check(bundle_of(model), model)


def test_the_manifest_is_what_sha256sum_writes(model: Path) -> None:
    paths = [each.path for each in manifest_of(model).entries]
    told = subprocess.run(["sha256sum", *paths], cwd=model, capture_output=True, text=True, check=True).stdout
    assert manifest_of(model).text == told


def _change(model: Path) -> None:
    (model / "config.json").write_text("[]")


def _add(model: Path) -> None:
    (model / ".git" / "hooks").mkdir(parents=True)
    (model / ".git" / "hooks" / "post-checkout").write_text("#!/bin/sh\n")


def _rename(model: Path) -> None:
    (model / "config.json").rename(model / "config.yaml")


def _swap(model: Path) -> None:
    (model / "config.json").rename(model / "x")
    (model / "deep-er").rename(model / "config.json")
    (model / "x").rename(model / "deep-er")


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (_change, "config.json was changed"),
        (_add, r"\.git/hooks/post-checkout is there, but not signed"),
        (_rename, "config.json is signed, but missing"),
        (_swap, "was changed"),
        (lambda model: (model / "empty").unlink(), "empty is signed, but missing"),
    ],
)
def test_a_model_that_differs_is_refused(model: Path, alter: Callable[[Path], None], said: str) -> None:
    bundle = bundle_of(model)
    alter(model)
    with pytest.raises(Refused, match=said):
        check(bundle, model)


def test_what_may_differ_is_named(model: Path) -> None:
    bundle = bundle_of(model)
    _add(model)
    check(bundle, model, ".git")


def test_a_model_of_no_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="without a file"):
        sign_manifest(manifest_of(tmp_path), "model", KEY)


def test_another_key_is_refused_by_its_hint_and_by_its_signature(model: Path) -> None:
    other, bundle = generate("secp256r1"), bundle_of(model)
    with pytest.raises(Refused, match="another key"):
        verified(bundle, other.public)
    with pytest.raises(Refused, match="not by the key"):
        verified(Bundle(bundle.envelope), other.public)


def test_links_out_of_the_model_are_refused(model: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (model / "leak").symlink_to(tmp_path / "secret")
    with pytest.raises(Refused, match="outside of the model"):
        manifest_of(model)


def test_a_linked_folder_is_hashed(model: Path) -> None:
    (model / "linked").symlink_to(model / "deep")
    bundle = bundle_of(model)
    assert "linked/er/a:b.bin" in {each.path for each in listed_files(model)}
    (model / "deep" / "er" / "a:b.bin").write_bytes(b"changed")
    with pytest.raises(Refused, match="was changed"):
        check(bundle, model)


def test_a_folder_that_links_to_itself_is_refused(model: Path) -> None:
    (model / "deep" / "loop").symlink_to(model)
    with pytest.raises(Refused, match="link to themselves"):
        manifest_of(model)


def test_a_snapshot_of_the_hugging_face_cache_verifies(tmp_path: Path) -> None:
    snapshot = tmp_path / "models--a--b" / "snapshots" / "0123"
    blobs = tmp_path / "models--a--b" / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    (blobs / "abc").write_bytes(b"weights")
    (snapshot / "model.safetensors").symlink_to("../../blobs/abc")
    bundle = bundle_of(snapshot)
    check(bundle, snapshot)
    with pytest.raises(Refused, match="does not allow them"):
        compare(verified(bundle, KEY.public), snapshot, links=False)


def test_special_files_are_refused(model: Path) -> None:
    os.mkfifo(model / "pipe")
    with pytest.raises(Refused, match="nobody can vouch"):
        manifest_of(model)


def test_a_file_that_changes_while_it_is_hashed_is_refused(model: Path) -> None:
    from hauberk.sources.manifest import Span, hash_spans

    files = listed_files(model)
    (model / "config.json").write_text("{ }")
    with pytest.raises(Refused, match="changed while"):
        hash_spans([Span(each, 0, each.size) for each in files])


def signed_payload(change: Callable[[dict[str, Json]], None], model: Path) -> Bundle:
    content = json.loads(bundle_of(model).envelope.payload)
    change(content)
    payload = json.dumps(content).encode()
    signature = Signature(KEY.sign(pre_authentication_encoding(IN_TOTO, payload)))
    return Bundle(Envelope(IN_TOTO, payload, (signature,)))


CHANGES: dict[str, Callable[[Any], object]] = {
    "another root": lambda c: c["subject"][0]["digest"].update(sha256="0" * 64),
    "doubled resource": lambda c: c["predicate"]["resources"].append(c["predicate"]["resources"][0]),
    "another algorithm": lambda c: c["predicate"]["resources"][0].update(algorithm="md5"),
    "short digest": lambda c: c["predicate"]["resources"][0].update(digest="00"),
    "path out": lambda c: c["predicate"]["resources"][0].update(name="../x"),
    "no resources": lambda c: c["predicate"].update(resources=[]),
    "unknown method": lambda c: c["predicate"]["serialization"].update(method="tree"),
    "unknown field": lambda c: c["predicate"].update(more=1),
    "another type": lambda c: c.update(predicateType="x"),
    "two subjects": lambda c: c["subject"].append(c["subject"][0]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_payload_against_the_specification_is_refused(
    change: Callable[[dict[str, Json]], None], model: Path
) -> None:
    with pytest.raises(HauberkError):
        verified(signed_payload(change, model), KEY.public)


def test_shards_with_a_hole_are_refused(model: Path) -> None:
    def shard(content: dict[str, Json]) -> None:
        predicate = content["predicate"]
        assert isinstance(predicate, dict)
        import hashlib

        digest = hashlib.sha256((model / "deep-er").read_bytes()[:5]).hexdigest()
        predicate["serialization"] = {"method": "shards", "hash_type": "sha256", "shard_size": 5}
        predicate["resources"] = [{"name": "deep-er:0:5", "algorithm": "sha256-sharded-5", "digest": digest}]
        root = hashlib.sha256(bytes.fromhex(digest)).hexdigest()
        content["subject"] = [{"name": "m", "digest": {"sha256": root}}]

    signed = verified(signed_payload(shard, model), KEY.public)
    for path in ("config.json", "empty", "deep/er/a:b.bin"):
        (model / path).unlink()
    with pytest.raises(Refused, match="not signed to its end"):
        compare(signed, model)


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b.update(mediaType="x"),
        lambda b: b.update(more=1),
        lambda b: b["verificationMaterial"].update(certificate={"rawBytes": ""}),
        lambda b: b["verificationMaterial"].pop("publicKey"),
        lambda b: b["verificationMaterial"].update(publicKey={"hint": 1}),
        lambda b: b["dsseEnvelope"]["signatures"].append(b["dsseEnvelope"]["signatures"][0]),
        lambda b: b["dsseEnvelope"].update(payload="?"),
    ],
)
def test_what_is_no_bundle_is_refused(change: Callable[[dict[str, object]], None], model: Path) -> None:
    content = json.loads(bundle_json(bundle_of(model)))
    change(content)
    with pytest.raises(Malformed):
        read_bundle(json.dumps(content).encode())


def test_doubled_names_in_the_json_are_refused(model: Path) -> None:
    text = bundle_json(bundle_of(model)).decode()
    with pytest.raises(Malformed, match="twice"):
        read_bundle(text.replace('"dsseEnvelope"', '"mediaType": "x", "dsseEnvelope"').encode())


@given(st.binary(max_size=300))
def test_any_bytes_are_a_bundle_or_an_error(octets: bytes) -> None:
    for read in (read_bundle, read_signed):
        try:
            read(octets)
        except UnreadableAsset:
            continue


@given(st.data())
def test_a_flipped_byte_never_verifies(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SIGNATURE) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    flipped = bytes([*SIGNATURE[:at], SIGNATURE[at] ^ bit, *SIGNATURE[at + 1 :]])
    with pytest.raises(Refused):
        verified(Bundle(Envelope(IN_TOTO, PAYLOAD, (Signature(flipped),))), KEY.public)
