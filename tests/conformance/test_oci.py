"""Container registries' protocol: the classes of its conformance suite (pull, push, discovery, management),
written down for versions that wait in quarantine; and a stock client, ORAS.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench.peers import HOME
from tests.hub import Answer, Hub, running_hub
from tests.oci import CONFIG, IMAGE, INDEX, Place, code, descriptor, digest, manifest
from tests.postgres import new_database, postgresql

REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "oras.txt"
CARD = (
    b"---\nlicense: mit\n---\n# A model\n\nMade for a test. It fails at everything else than being stored.\n"
)


class Poison:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def weights(seed: int) -> bytes:
    import numpy
    from safetensors.numpy import save

    return save({"w": numpy.full((100, 100), seed, "float32")})


def model(seed: int) -> dict[str, bytes]:
    return {"model.safetensors": weights(seed), "README.md": CARD}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("oci") / "registry") as found:
        yield found


@pytest.fixture(scope="module")
def ann(hub: Hub) -> str:
    return hub.account("ann", "contributor")


@pytest.fixture(scope="module")
def reader(hub: Hub) -> str:
    return hub.account("ron", "reader", "read")


@pytest.fixture(scope="module")
def clean(hub: Hub, ann: str) -> Place:
    place = Place(hub, "ann/clean", ann)
    place.push("v1", model(1))
    assert hub.wait("ann/clean", "v1") == "clean"
    return place


def as_reader(place: Place, token: str) -> Place:
    return Place(place.hub, place.name, token)


def connected(hub: Hub) -> socket.socket:
    at = urlsplit(hub.url)
    return socket.create_connection((at.hostname, at.port), timeout=30)


def patch(where: str, token: str, size: int) -> bytes:
    lines = f"PATCH {where} HTTP/1.1", "Host: x", f"Authorization: Bearer {token}", f"Content-Length: {size}"
    return "\r\n".join((*lines, "", "")).encode()


# Who may speak


def test_clients_are_asked_for_a_password(hub: Hub, reader: str) -> None:
    asked = hub.ask("GET", "/v2/", token="")
    assert (asked.status, code(asked)) == (401, "UNAUTHORIZED")
    assert asked.headers["www-authenticate"].startswith("Basic ")
    assert hub.ask("GET", "/v2/", token=reader).status == 200
    assert hub.ask("GET", "/v2/", token="hf_wrong").status == 401


def test_readers_push_nothing_and_make_nothing(hub: Hub, clean: Place, reader: str) -> None:
    for name in ("ann/clean", "ron/new"):
        refused = Place(hub, name, reader).ask("POST", "blobs/uploads/")
        assert (refused.status, code(refused)) == (403, "DENIED")
    assert as_reader(clean, reader).ask("DELETE", "manifests/v1").status == 403
    assert hub.ask("GET", "/v2/ron/new/tags/list").status == 404


@pytest.mark.parametrize("name", ["one", "a/b/c", "api/x", "a/b..c", "a/b%00c", "a/..%2fb"])
def test_names_that_no_repository_has_are_refused(hub: Hub, ann: str, name: str) -> None:
    refused = Place(hub, name, ann).ask("POST", "blobs/uploads/")
    assert (refused.status, code(refused)) == (400, "NAME_INVALID")


def test_private_repositories_are_not_there_for_others(hub: Hub, ann: str, reader: str) -> None:
    hub.api(ann).create_repo("ann/hidden", private=True)
    place = Place(hub, "ann/hidden", ann)
    place.push("v1", model(9))
    for path in ("manifests/v1", "tags/list", f"blobs/{digest(CARD)}"):
        refused = as_reader(place, reader).ask("GET", path)
        assert (refused.status, code(refused)) == (404, "NAME_UNKNOWN")


# Pull


def test_what_was_pushed_is_pulled_by_tag_and_digest(clean: Place, reader: str) -> None:
    place, octets = as_reader(clean, reader), manifest(model(1))
    for reference in ("v1", digest(octets)):
        found = place.ask("GET", f"manifests/{reference}")
        assert (found.status, found.body) == (200, octets)
        assert found.headers["content-type"] == IMAGE
        assert found.headers["docker-content-digest"] == digest(octets)
        head = place.ask("HEAD", f"manifests/{reference}")
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == str(len(octets))
    for blob in (CONFIG, *model(1).values()):
        found = place.ask("GET", f"blobs/{digest(blob)}")
        assert (found.status, found.body) == (200, blob)
        assert found.headers["docker-content-digest"] == digest(blob)
        head = place.ask("HEAD", f"blobs/{digest(blob)}")
        assert (head.status, head.headers["content-length"]) == (200, str(len(blob)))


def test_a_blob_is_pulled_in_ranges(clean: Place, reader: str) -> None:
    blob = weights(1)
    part = as_reader(clean, reader).ask("GET", f"blobs/{digest(blob)}", Range="bytes=100-199")
    assert (part.status, part.body) == (206, blob[100:200])
    rest = as_reader(clean, reader).ask("GET", f"blobs/{digest(blob)}", Range="bytes=39000-")
    assert rest.body == blob[39000:]


def test_what_is_not_there_is_said_in_the_right_words(clean: Place, reader: str) -> None:
    place = as_reader(clean, reader)
    for path, word in (
        ("manifests/v9", "MANIFEST_UNKNOWN"),
        ("manifests/main", "MANIFEST_UNKNOWN"),
        ("manifests/oci", "MANIFEST_UNKNOWN"),
        (f"manifests/{digest(b'x')}", "MANIFEST_UNKNOWN"),
        (f"blobs/{digest(b'x')}", "BLOB_UNKNOWN"),
        ("nothing/here", "UNSUPPORTED"),
    ):
        found = place.ask("GET", path)
        assert (found.status, code(found)) == (404, word), path
        assert place.ask("HEAD", path).status == 404
    for path in ("blobs/sha256:12", "blobs/md5:d41d8cd98f00b204e9800998ecf8427e", "manifests/sha256:xyz"):
        found = place.ask("GET", path)
        assert (found.status, code(found)) == (400, "DIGEST_INVALID")


# The life of a version


def test_poison_is_pushed_and_never_pulled(hub: Hub, ann: str, reader: str) -> None:
    place = Place(hub, "ann/poison", ann)
    poison = pickle.dumps(Poison())
    octets = place.push("v1", {"model.bin": poison, "README.md": CARD})
    assert hub.wait("ann/poison", "v1") == "stopped"
    for reference in ("v1", digest(octets)):
        refused = as_reader(place, reader).ask("GET", f"manifests/{reference}")
        assert (refused.status, code(refused)) == (403, "DENIED")
        assert "posix.system" in json.loads(refused.body)["errors"][0]["message"]
        head = as_reader(place, reader).ask("HEAD", f"manifests/{reference}")
        assert (head.status, "posix.system" in head.headers["x-error-message"]) == (403, True)
    assert place.ask("GET", "manifests/v1").status == 200  # who pushes sees what was pushed, and loads it not
    for token in (reader, ann):
        refused = as_reader(place, token).ask("GET", f"blobs/{digest(poison)}")
        assert (refused.status, code(refused)) == (403, "DENIED")


def test_poison_in_an_archive_is_found(hub: Hub, ann: str) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        octets = pickle.dumps(Poison())
        member = tarfile.TarInfo("weights/model.bin")
        member.size = len(octets)
        archive.addfile(member, io.BytesIO(octets))
    place = Place(hub, "ann/packed", ann)
    for each in (CONFIG, packed.getvalue()):
        assert place.blob(each).status == 201
    layer = descriptor(packed.getvalue(), "weight.v1.tar+gzip")
    assert place.put("v1", manifest({}, layers=[layer])).status == 201
    assert hub.wait("ann/packed", "v1") == "stopped"


def test_nothing_is_read_before_it_is_part_of_a_version(hub: Hub, clean: Place, reader: str) -> None:
    blob = os.urandom(1000)
    assert clean.blob(blob).status == 201
    refused = as_reader(clean, reader).ask("GET", f"blobs/{digest(blob)}")
    assert (refused.status, code(refused)) == (404, "BLOB_UNKNOWN")
    assert as_reader(clean, reader).ask("HEAD", f"blobs/{digest(blob)}").status == 404
    assert clean.ask("HEAD", f"blobs/{digest(blob)}").status == 200


def test_a_recalled_version_is_pulled_by_nobody(hub: Hub, ann: str, reader: str) -> None:
    place = Place(hub, "ann/recalled", ann)
    octets = place.push("v1", model(7))
    assert hub.wait("ann/recalled", "v1") == "clean"
    assert as_reader(place, reader).ask("GET", f"blobs/{digest(weights(7))}").status == 200
    hub.admin("recall", "ann/recalled", "--revision", "v1", "--as", "admin", "--reason", "it leaks")
    for token in (reader, ann):
        for path in ("manifests/v1", f"manifests/{digest(octets)}", f"blobs/{digest(weights(7))}"):
            refused = as_reader(place, token).ask("GET", path)
            assert (refused.status, code(refused)) == (403, "DENIED"), path
            assert "it leaks" in json.loads(refused.body)["errors"][0]["message"]


def test_both_protocols_see_one_registry(
    hub: Hub, ann: str, clean: Place, reader: str, tmp_path: Path
) -> None:
    from huggingface_hub import snapshot_download

    there = snapshot_download("ann/clean", revision="v1", endpoint=hub.url, token=reader, cache_dir=tmp_path)
    assert (Path(there) / "model.safetensors").read_bytes() == weights(1)
    api = hub.api(ann)
    api.create_repo("ann/from-hub")
    folder = tmp_path / "m"
    for path, octets in (model(3) | {"sub/config.json": b"{}", "run.py": b"x = 1\n"}).items():
        (folder / path).parent.mkdir(exist_ok=True, parents=True)
        (folder / path).write_bytes(octets)
    api.upload_folder(repo_id="ann/from-hub", folder_path=folder)
    assert hub.wait("ann/from-hub") == "clean"
    place = Place(hub, "ann/from-hub", reader)
    first = place.ask("GET", "manifests/main")
    told = json.loads(first.body)
    assert told["artifactType"] == "application/vnd.cncf.model.manifest.v1+json"
    kinds = {each["annotations"]["org.cncf.model.filepath"]: each["mediaType"] for each in told["layers"]}
    assert kinds == {
        "README.md": "application/vnd.cncf.model.doc.v1.raw",
        "model.safetensors": "application/vnd.cncf.model.weight.v1.raw",
        "run.py": "application/vnd.cncf.model.code.v1.raw",
        "sub/config.json": "application/vnd.cncf.model.weight.config.v1.raw",
    }
    for each in (told["config"], *told["layers"]):
        found = place.ask("GET", f"blobs/{each['digest']}")
        assert (found.status, digest(found.body), len(found.body)) == (200, each["digest"], each["size"])
    again = place.ask("GET", f"manifests/{first.headers['docker-content-digest']}")
    assert again.body == first.body
    assert json.loads(place.ask("GET", "tags/list").body)["tags"] == ["main"]
    writer = Place(hub, "ann/from-hub", ann)
    for each in (CONFIG, *model(4).values()):
        assert writer.blob(each).status == 201
    refused = writer.put("main", manifest(model(4)))
    assert (refused.status, code(refused)) == (409, "DENIED")
    made = first.headers["docker-content-digest"]
    assert writer.ask("DELETE", f"manifests/{made}").status == 405


# Push


def test_a_blob_comes_in_pieces(hub: Hub, ann: str) -> None:
    place, blob = Place(hub, "ann/pieces", ann), os.urandom(3000)
    begun = place.ask("POST", "blobs/uploads/", b"", Content_Length="0")
    assert begun.status == 202
    where = begun.headers["location"]
    first = place.ask("PATCH", where, blob[:1000], Content_Range="0-999")
    assert (first.status, first.headers["range"]) == (202, "0-999")
    for piece in ("0-999", "2000-2999"):
        again = place.ask("PATCH", where, blob[:1000], Content_Range=piece)
        assert (again.status, again.headers["range"]) == (416, "0-999")
    told = place.ask("GET", where)
    assert (told.status, told.headers["range"]) == (204, "0-999")
    second = place.ask("PATCH", where, blob[1000:2000], Content_Range="1000-1999")
    assert second.headers["range"] == "0-1999"
    done = place.ask("PUT", f"{where}?digest={digest(blob)}", blob[2000:], Content_Range="2000-2999")
    assert (done.status, done.headers["docker-content-digest"]) == (201, digest(blob))
    assert done.headers["location"] == f"/v2/ann/pieces/blobs/{digest(blob)}"
    assert place.ask("HEAD", f"blobs/{digest(blob)}").status == 200
    assert (place.ask("GET", where).status, code(place.ask("GET", where))) == (404, "BLOB_UPLOAD_UNKNOWN")


def test_a_blob_that_is_another_is_refused_and_forgotten(hub: Hub, ann: str) -> None:
    place = Place(hub, "ann/wrong", ann)
    whole = place.ask("POST", f"blobs/uploads/?digest={digest(b'a')}", b"b")
    assert (whole.status, code(whole)) == (400, "DIGEST_INVALID")
    where = place.ask("POST", "blobs/uploads/").headers["location"]
    refused = place.ask("PUT", f"{where}?digest={digest(b'a')}", b"b")
    assert (refused.status, code(refused)) == (400, "DIGEST_INVALID")
    assert place.ask("HEAD", f"blobs/{digest(b'b')}").status == 404
    incoming = hub.folder / "blobs" / "incoming"
    assert not [each for each in incoming.iterdir() if each.is_file()]


def test_an_upload_is_ended_by_who_began_it(hub: Hub, ann: str) -> None:
    place = Place(hub, "ann/ended", ann)
    where = place.ask("POST", "blobs/uploads/").headers["location"]
    assert Place(hub, "ann/ended", hub.token).ask("PATCH", where, b"x").status == 404
    for missing in ("", "?digest=sha256:1"):
        refused = place.ask("PUT", f"{where}{missing}", b"")
        assert (refused.status, code(refused)) == (400, "DIGEST_INVALID")
    assert place.ask("DELETE", where).status == 204
    assert place.ask("PATCH", where, b"x").status == 404


def test_who_begins_uploads_without_end_loses_the_first(hub: Hub, ann: str) -> None:
    place = Place(hub, "ann/endless", ann)
    begun = [place.ask("POST", "blobs/uploads/").headers["location"] for _ in range(105)]
    assert [place.ask("GET", each).status for each in begun] == [404] * 5 + [204] * 100
    assert place.blob(CONFIG).status == 201
    for each in begun[6:]:
        assert place.ask("DELETE", each).status == 204


def test_two_do_not_send_to_one_upload_at_once(hub: Hub, ann: str) -> None:
    place = Place(hub, "ann/twice", ann)
    where = place.ask("POST", "blobs/uploads/").headers["location"]
    with connected(hub) as first:
        first.sendall(patch(where, ann, 9) + b"half")
        time.sleep(0.5)
        second = place.ask("PATCH", where, b"other")
        assert (second.status, code(second)) == (409, "BLOB_UPLOAD_INVALID")
        first.sendall(b" done")
        assert b" 202 " in first.recv(1000)
    done = place.ask("PUT", f"{where}?digest={digest(b'half done')}", b"")
    assert done.status == 201


def test_a_cut_upload_goes_on_where_it_was_cut(hub: Hub, ann: str) -> None:
    place, blob = Place(hub, "ann/cut", ann), os.urandom(5 << 20)
    where = place.ask("POST", "blobs/uploads/").headers["location"]
    with connected(hub) as first:
        first.sendall(patch(where, ann, len(blob)) + blob[: 3 << 20])
        time.sleep(0.5)
    end, came = time.monotonic() + 20, 0
    while time.monotonic() < end:
        came = int(place.ask("GET", where).headers["range"].partition("-")[2]) + 1
        again = place.ask("PATCH", where, blob[came:], Content_Range=f"{came}-{(5 << 20) - 1}")
        if again.status == 202:
            break
        time.sleep(0.3)
    assert 0 < came <= 3 << 20
    assert place.ask("PUT", f"{where}?digest={digest(blob)}", b"").status == 201


def test_a_blob_is_mounted_from_where_it_may_be_read(hub: Hub, clean: Place, ann: str, reader: str) -> None:
    blob, bob = weights(1), hub.account("bob", "contributor")
    place = Place(hub, "bob/mounts", bob)
    mounted = place.ask("POST", f"blobs/uploads/?mount={digest(blob)}&from=ann/clean")
    assert (mounted.status, mounted.headers["location"]) == (201, f"/v2/bob/mounts/blobs/{digest(blob)}")
    for source in ("ann/poison", "ann/hidden", "ann/nowhere", "../x"):
        asked = place.ask("POST", f"blobs/uploads/?mount={digest(pickle.dumps(Poison()))}&from={source}")
        assert asked.status == 202, source  # must be pushed
    assert place.ask("POST", f"blobs/uploads/?mount={digest(weights(9))}&from=ann/hidden").status == 202
    assert place.ask("HEAD", f"blobs/{digest(weights(9))}").status == 404


BAD: list[tuple[str, bytes]] = [
    ("no JSON", b"{"),
    ("no object", b"[]"),
    ("twice", b'{"schemaVersion": 2, "schemaVersion": 2}'),
    ("first schema", json.dumps({"schemaVersion": 1}).encode()),
    ("nothing", json.dumps({"schemaVersion": 2, "mediaType": IMAGE}).encode()),
    ("no layers", manifest({}, layers=None)),
    ("two things", manifest({}, manifests=[])),
    ("another type", manifest({}, mediaType=INDEX)),
    ("a size of text", manifest({}, layers=[descriptor(b"x") | {"size": "1"}])),
    ("a size below 0", manifest({}, layers=[descriptor(b"x") | {"size": -1}])),
    ("a truth for a size", manifest({}, layers=[descriptor(b"x") | {"size": True}])),
    ("another digest", manifest({}, layers=[descriptor(b"x") | {"digest": "sha512:" + "a" * 128}])),
    ("elsewhere", manifest({}, layers=[descriptor(b"x") | {"urls": ["http://127.0.0.1/x"]}])),
    ("lying data", manifest({}, config=descriptor(CONFIG, "config.v1+json") | {"data": "e30="})),
    ("up", manifest({"../evil": CONFIG})),
    ("root", manifest({"/etc/passwd": CONFIG})),
    ("ours", manifest({".OCI/manifest.json": CONFIG})),
    ("twins", manifest({"a": CONFIG, "A": CARD})),
    ("a file and a folder", manifest({"a": CONFIG, "a/b": CARD})),
    ("reversed", manifest({"a\u202eb": CONFIG})),
    ("NUL", manifest({"a\0b": CONFIG})),
    ("NUL in a type", manifest({}, artifactType="a/b\0")),
]


@pytest.mark.parametrize(("what", "octets"), BAD, ids=[each for each, _ in BAD])
def test_a_manifest_that_is_none_is_refused(clean: Place, what: str, octets: bytes) -> None:
    for each in (CONFIG, CARD):
        assert clean.blob(each).status == 201
    refused = clean.put("bad", octets)
    assert (refused.status, code(refused)) == (400, "MANIFEST_INVALID"), refused
    assert clean.ask("GET", "manifests/bad").status == 404


def test_one_path_is_not_two_layers(clean: Place) -> None:
    layers = [descriptor(octets, "weight.v1.raw", "model.bin") for octets in (CONFIG, CARD)]
    refused = clean.put("bad", manifest({}, layers=layers))
    assert (refused.status, code(refused)) == (400, "MANIFEST_INVALID")
    layers = [descriptor(CARD, "weight.v1.raw", "a.md")]
    layers[0]["annotations"]["org.opencontainers.image.title"] = "b.md"
    assert clean.put("bad", manifest({}, layers=layers)).status == 400


def test_a_manifest_names_only_what_was_pushed_there(hub: Hub, clean: Place, ann: str) -> None:
    refused = clean.put("bad", manifest({"x.bin": b"never pushed"}))
    assert (refused.status, code(refused)) == (404, "MANIFEST_BLOB_UNKNOWN")
    other = Place(hub, "ann/other", ann)
    assert other.blob(CONFIG).status == 201
    refused = other.put("bad", manifest(model(1)))  # pushed to another repository
    assert (refused.status, code(refused)) == (404, "MANIFEST_BLOB_UNKNOWN")
    lying = manifest({}, layers=[descriptor(CARD, "doc.v1.raw", "README.md") | {"size": 1}])
    assert clean.put("bad", lying).status == 400
    assert clean.put(digest(b"another"), manifest(model(1))).status == 400
    assert clean.put("bad", b" " * (5 << 20)).status == 413
    for tag in ("-x", "a" * 129, "a..b"):
        assert clean.put(tag, manifest(model(1))).status == 400
    assert json.loads(clean.ask("GET", "tags/list").body)["tags"] == ["v1"]


def test_a_tag_moves_and_what_it_meant_stays(hub: Hub, ann: str) -> None:
    place = Place(hub, "ann/moves", ann)
    first, second = place.push("latest", model(1)), place.push("latest", model(2))
    assert place.ask("GET", "manifests/latest").body == second
    assert place.ask("GET", f"manifests/{digest(first)}").body == first
    place.push("latest", model(1))
    assert place.ask("GET", "manifests/latest").body == first
    commits = [each.commit_id for each in hub.api(ann).list_repo_commits("ann/moves", revision="oci")]
    assert len(commits) == 2  # what was pushed again is no new version


# Discovery


def test_tags_are_listed_in_pages(hub: Hub, ann: str) -> None:
    place = Place(hub, "ann/tags", ann)
    place.push("t0", model(1))
    for number in range(1, 5):
        assert place.put(f"t{number}", manifest(model(1))).status == 201
    told = json.loads(place.ask("GET", "tags/list").body)
    assert told == {"name": "ann/tags", "tags": ["t0", "t1", "t2", "t3", "t4"]}
    page = place.ask("GET", "tags/list?n=2")
    assert json.loads(page.body)["tags"] == ["t0", "t1"]
    following = page.headers["link"].split(">")[0].lstrip("<")
    assert json.loads(place.ask("GET", following).body)["tags"] == ["t2", "t3"]
    assert json.loads(place.ask("GET", "tags/list?n=0").body)["tags"] == []
    assert json.loads(place.ask("GET", "tags/list?n=9&last=t3").body)["tags"] == ["t4"]
    assert place.ask("GET", "tags/list?n=x").status == 400


def test_what_refers_to_a_version_is_found(hub: Hub, clean: Place, reader: str) -> None:
    octets = manifest(model(1))
    subject = {"mediaType": IMAGE, "digest": digest(octets), "size": len(octets)}
    bom = {"bom.json": b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}'}
    kind = "application/vnd.cyclonedx+json"
    for each in bom.values():
        clean.blob(each)
    told = manifest(bom, subject=subject, artifactType=kind, annotations={"a": "b"})
    answer = clean.put(digest(told), told)
    assert (answer.status, answer.headers["oci-subject"]) == (201, digest(octets))
    there = clean.ask("GET", f"referrers/{digest(octets)}")
    assert there.headers["content-type"] == INDEX
    [found] = json.loads(there.body)["manifests"]
    assert found == {
        "mediaType": IMAGE, "digest": digest(told), "size": len(told), "artifactType": kind,
        "annotations": {"a": "b"},
    }  # fmt: skip
    filtered = clean.ask("GET", f"referrers/{digest(octets)}?artifactType=other/kind")
    assert (json.loads(filtered.body)["manifests"], filtered.headers["oci-filters-applied"]) == (
        [],
        "artifactType",
    )
    nothing = clean.ask("GET", f"referrers/{digest(b'x')}")
    assert (nothing.status, json.loads(nothing.body)["manifests"]) == (200, [])
    assert clean.ask("DELETE", f"manifests/{digest(told)}").status == 202
    assert json.loads(clean.ask("GET", f"referrers/{digest(octets)}").body)["manifests"] == []


def test_an_index_names_manifests_that_are_there(hub: Hub, ann: str) -> None:
    place = Place(hub, "ann/index", ann)
    child = place.push("v1", model(1))
    named = {"mediaType": IMAGE, "digest": digest(child), "size": len(child)}
    octets = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [named]}).encode()
    assert place.put("all", octets, INDEX).status == 201
    assert place.ask("GET", "manifests/all").body == octets
    lost = json.dumps({"schemaVersion": 2, "manifests": [named | {"digest": digest(b"x")}]}).encode()
    refused = place.put("lost", lost, INDEX)
    assert (refused.status, code(refused)) == (404, "MANIFEST_BLOB_UNKNOWN")


# Management


def test_tags_and_manifests_are_deleted_and_blobs_are_not(hub: Hub, ann: str) -> None:
    place = Place(hub, "ann/deletes", ann)
    octets = place.push("v1", model(1))
    assert place.put("v2", octets).status == 201
    assert place.ask("DELETE", "manifests/v1").status == 202
    assert place.ask("GET", "manifests/v1").status == 404
    assert place.ask("DELETE", "manifests/v1").status == 404
    assert place.ask("GET", "manifests/v2").status == 200
    assert place.ask("DELETE", f"manifests/{digest(octets)}").status == 202
    assert place.ask("GET", f"manifests/{digest(octets)}").status == 404
    assert place.ask("GET", "manifests/v2").status == 404
    refused = place.ask("DELETE", f"blobs/{digest(CONFIG)}")
    assert (refused.status, code(refused)) == (405, "UNSUPPORTED")
    assert place.put("v3", octets).status == 201  # and may come again
    assert place.ask("GET", "manifests/v3").body == octets


# A stock client

ORAS = """
import sys, oras.client
url, token, folder = sys.argv[1:4]
client = oras.client.OrasClient(hostname=url, insecure=True, auth_backend="basic")
client.auth.set_basic_auth("anybody", token)
"""
PUSH = (
    ORAS
    + """
import os
os.chdir(folder)
answer = client.push(target=f"{url}/ann/oras:v1", files=["model.safetensors", "README.md"])
print("pushed", answer.status_code)
print("tags", client.get_tags(f"{url}/ann/oras"))
"""
)
PULL = (
    ORAS
    + """
print(sorted(client.pull(target=f"{url}/{sys.argv[4]}", outdir=folder)))
"""
)


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter that has ORAS, installed once."""
    home = HOME / "oras"
    if not any(home.glob("lib/python*/site-packages/oras")):
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        install = [home / "bin" / "pip", "install", "-q", "--require-hashes", "-r", REQUIREMENTS]
        subprocess.run(install, check=True)
    return home / "bin" / "python"


def oras(python: Path, code: str, *words: object) -> subprocess.CompletedProcess[str]:
    command = [str(each) for each in (python, "-c", code, *words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_oras_pushes_and_pulls(python: Path, hub: Hub, ann: str, reader: str, tmp_path: Path) -> None:
    for path, octets in model(5).items():
        (tmp_path / path).write_bytes(octets)
    url = hub.url.removeprefix("http://")
    pushed = oras(python, PUSH, url, ann, tmp_path)
    assert "pushed 201" in pushed.stdout, pushed
    assert "tags ['v1']" in pushed.stdout
    assert hub.wait("ann/oras", "v1") == "clean"
    there = tmp_path / "there"
    there.mkdir()
    pulled = oras(python, PULL, url, reader, there, "ann/oras:v1")
    assert pulled.returncode == 0, pulled.stderr
    assert {each.name: each.read_bytes() for each in there.iterdir()} == model(5)


def test_oras_pulls_what_came_by_the_hub_and_no_poison(
    python: Path, hub: Hub, ann: str, reader: str, tmp_path: Path
) -> None:
    api = hub.api(ann)
    api.create_repo("ann/both")
    for path, octets in model(6).items():
        api.upload_file(repo_id="ann/both", path_or_fileobj=octets, path_in_repo=path)
    hub.wait("ann/both")
    url = hub.url.removeprefix("http://")
    pulled = oras(python, PULL, url, reader, tmp_path, "ann/both:main")
    assert pulled.returncode == 0, pulled.stderr
    assert (tmp_path / "model.safetensors").read_bytes() == weights(6)
    place = Place(hub, "ann/oras-poison", ann)
    place.push("v1", {"model.bin": pickle.dumps(Poison())})
    hub.wait("ann/oras-poison", "v1")
    refused = oras(python, PULL, url, reader, tmp_path, "ann/oras-poison:v1")
    assert refused.returncode != 0
    assert not (tmp_path / "model.bin").exists()
    assert "posix.system" in refused.stdout + refused.stderr


def test_what_is_under_way_is_forgotten_at_a_restart(tmp_path: Path) -> None:
    with running_hub(tmp_path / "registry") as first:
        place = Place(first, "admin/x", first.token)
        where = place.ask("POST", "blobs/uploads/").headers["location"]
        place.ask("PATCH", where, b"half")
        octets = place.push("v1", model(1))
    with running_hub(tmp_path / "registry", token=first.token) as second:
        again = Place(second, "admin/x", first.token)
        told: Answer = again.ask("PATCH", where, b"x")
        assert (told.status, code(told)) == (404, "BLOB_UPLOAD_UNKNOWN")
        assert again.ask("GET", "manifests/v1").body == octets
    assert not [each for each in (tmp_path / "registry" / "blobs" / "incoming").iterdir() if each.is_file()]


def test_production_pulls_what_was_promoted_and_nothing_else(tmp_path: Path) -> None:
    with running_hub(tmp_path / "registry", "--environment=production") as hub:
        ann, reader = hub.account("ann", "contributor"), hub.account("ron", "reader", "read")
        hub.admin("account", "bob", "--role", "approver")
        place = Place(hub, "ann/m", ann)
        first = place.push("v1", model(1))
        place.push("v2", model(2))
        for tag in ("v1", "v2"):
            assert hub.wait("ann/m", tag) == "clean"
            assert as_reader(place, reader).ask("GET", f"manifests/{tag}").status == 403
        for word in ("approve", "promote"):
            hub.admin(word, "ann/m", "--revision", "v1", "--environment", "production", "--as", "bob")
        assert as_reader(place, reader).ask("GET", "manifests/v1").body == first
        assert as_reader(place, reader).ask("GET", f"blobs/{digest(weights(1))}").status == 200
        assert as_reader(place, reader).ask("GET", "manifests/v2").status == 403
        assert as_reader(place, reader).ask("GET", f"blobs/{digest(weights(2))}").status == 403
        assert place.put("v1", manifest(model(2))).status == 201  # the tag moves to what was not approved
        assert as_reader(place, reader).ask("GET", "manifests/v1").status == 403


def test_many_push_at_once_and_nothing_is_lost(hub: Hub, ann: str) -> None:
    place = Place(hub, "ann/many", ann)
    for each in (CONFIG, CARD):
        assert place.blob(each).status == 201
    made = {
        f"t{number}": manifest({"README.md": CARD}, annotations={"n": str(number)}) for number in range(16)
    }

    def push(tag: str) -> list[int]:
        return [place.put(each, made[tag]).status for each in (tag, "latest")]

    with ThreadPoolExecutor(8) as pool:
        assert {status for each in pool.map(push, made) for status in each} == {201}
    assert {tag: place.ask("GET", f"manifests/{tag}").body for tag in made} == made
    assert place.ask("GET", "manifests/latest").body in made.values()
    assert len(list(hub.api(ann).list_repo_commits("ann/many", revision="oci"))) == len(made)


def test_on_postgresql_it_is_the_same(tmp_path: Path) -> None:
    with (
        postgresql() as server,
        running_hub(tmp_path / "registry", f"--store={new_database(server)}") as hub,
    ):
        place = Place(hub, "admin/m", hub.token)
        first = place.push("v1", model(1))
        subject = {"mediaType": IMAGE, "digest": digest(first), "size": len(first)}
        place.push("sig", {"README.md": CARD}, subject=subject)
        assert hub.wait("admin/m", "v1") == "clean"
        assert place.ask("GET", "manifests/v1").body == first
        assert place.ask("GET", f"blobs/{digest(weights(1))}").body == weights(1)
        assert json.loads(place.ask("GET", "tags/list").body)["tags"] == ["sig", "v1"]
        assert len(json.loads(place.ask("GET", f"referrers/{digest(first)}").body)["manifests"]) == 1
        assert place.ask("DELETE", f"manifests/{digest(first)}").status == 202
        assert place.ask("GET", "manifests/v1").status == 404


def test_a_mirror_is_pulled_through(
    hub: Hub, ann: str, reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPSTREAM_TOKEN", reader)
    (tmp_path / "mirror.toml").write_text(f'url = "{hub.url}"\ntoken-variable = "UPSTREAM_TOKEN"\n')
    api = hub.api(ann)
    api.create_repo("ann/origin")
    for path, octets in model(8).items():
        api.upload_file(repo_id="ann/origin", path_or_fileobj=octets, path_in_repo=path)
    hub.wait("ann/origin")
    with running_hub(tmp_path / "registry", f"--mirror={tmp_path / 'mirror.toml'}") as mirror:
        place = Place(mirror, "ann/origin", mirror.account("ron", "reader", "read"))
        end = time.monotonic() + 60
        while (found := place.ask("GET", "manifests/main")).status != 200 and time.monotonic() < end:
            assert code(found) in ("MANIFEST_UNKNOWN", "DENIED")
            time.sleep(0.3)
        assert found.status == 200, found
        layers = {each["digest"] for each in json.loads(found.body)["layers"]}
        assert layers == {digest(each) for each in model(8).values()}
        assert place.ask("GET", f"blobs/{digest(weights(8))}").body == weights(8)
