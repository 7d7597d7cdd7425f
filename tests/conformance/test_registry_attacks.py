"""Attacks on a registry that runs: none succeeds, nothing committed is lost, every answer is a clear no."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from hauberk.core.digest import Digest
from hauberk.store import Blobs
from tests.hub import Answer, Hub, running_hub

MEMORY = 400 << 20  # bytes that the server may have after all of this


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("attacked") / "registry") as found:
        yield found
        assert resident(found) < MEMORY


@pytest.fixture(scope="module")
def ann(hub: Hub) -> str:
    return hub.account("ann", "contributor")


@pytest.fixture(scope="module")
def eve(hub: Hub) -> str:
    return hub.account("eve", "contributor")


@pytest.fixture
def repository(hub: Hub, ann: str, request: pytest.FixtureRequest) -> str:
    name = f"ann/r{abs(hash(request.node.nodeid)) % 10**9}"
    hub.api(ann).create_repo(name, private=True)
    return name


def resident(hub: Hub) -> int:
    status = Path(f"/proc/{hub.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) << 10


def header(**said: str) -> bytes:
    return json.dumps({"key": "header", "value": {"summary": "s", **said}}).encode() + b"\n"


def small(path: str, octets: bytes = b"x") -> bytes:
    content = base64.b64encode(octets).decode()
    said = {"content": content, "path": path, "encoding": "base64"}
    return json.dumps({"key": "file", "value": said}).encode() + b"\n"


def large(path: str, digest: str, size: int) -> bytes:
    said = {"path": path, "algo": "sha256", "oid": digest, "size": size}
    return json.dumps({"key": "lfsFile", "value": said}).encode() + b"\n"


def commit(hub: Hub, repository: str, body: bytes, token: str) -> Answer:
    headers = {"Content-Type": "application/x-ndjson"}
    return hub.ask("POST", f"/api/models/{repository}/commit/main", body, token=token, headers=headers)


def batch(hub: Hub, repository: str, digest: str, size: int, token: str) -> Answer:
    asked = {"operation": "upload", "transfers": ["basic"], "objects": [{"oid": digest, "size": size}]}
    return hub.ask(
        "POST", f"/{repository}.git/info/lfs/objects/batch", json.dumps(asked).encode(), token=token
    )


def link(hub: Hub, repository: str, digest: str, size: int, token: str) -> str:
    told = json.loads(batch(hub, repository, digest, size, token).body)
    return urlsplit(told["objects"][0]["actions"]["upload"]["href"]).path


def is_refused(answer: Answer) -> bool:
    return 400 <= answer.status < 500 and bool(answer.headers.get("x-error-message"))


def paths(hub: Hub, repository: str, token: str) -> list[str]:
    return [each.path for each in hub.api(token).list_repo_tree(repository, recursive=True)]


BAD_PATHS = [
    "../evil", "a/../../evil", "/etc/passwd", "a//b", "./a", "a/.", "", ".", "..", "a\\b\\..\\c", "a\0b",
    "a\nb", "C:/x", "é" * 600, "/".join("d" * 70), "caf\u0065\u0301", "\u202egnp.exe", "a\u200b", "x" * 1100,
    "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("path", BAD_PATHS)
def test_paths_that_lie_are_refused(hub: Hub, ann: str, repository: str, path: str) -> None:
    body = header() + json.dumps({"key": "file", "value": {"content": "eA==", "path": path}}).encode() + b"\n"
    assert is_refused(commit(hub, repository, body, ann))
    assert paths(hub, repository, ann) == []


@pytest.mark.parametrize(
    "twins", [("README.md", "readme.md"), ("straße", "STRASSE"), ("a", "a/b"), ("ﬁ.txt", "fi.txt")]
)
def test_names_that_are_one_on_some_disk_are_refused(
    hub: Hub, ann: str, repository: str, twins: tuple[str, str]
) -> None:
    assert is_refused(commit(hub, repository, header() + b"".join(map(small, twins)), ann))
    assert paths(hub, repository, ann) == []


BROKEN = {
    "empty": b"",
    "no header": small("a"),
    "two headers": header() + header(),
    "no JSON": b"{",
    "not UTF-8": b"\xff\xfe\n",
    "deep": b"[" * 100_000,
    "doubled key": b'{"key": "header", "key": "file", "value": {}}\n',
    "a number": b"17\n",
    "no base64": header() + b'{"key": "file", "value": {"path": "a", "content": "!!!"}}\n',
    "unknown operation": header() + b'{"key": "rename", "value": {"path": "a"}}\n',
    "negative size": header() + large("a", "00" * 32, -1),
    "no digest": header() + large("a", "zz", 1),
    "not brought": header() + large("a", "00" * 32, 1),
    "removes nothing": header() + b'{"key": "deletedFile", "value": {"path": "none"}}\n',
    "endless line": header() + b'{"key": "file", "value": {"path": "' + b"a" * (8 << 20),
    "NaN": header() + b'{"key": "lfsFile", "value": {"path": "a", "size": NaN}}\n',
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_commits_leave_nothing(hub: Hub, ann: str, repository: str, name: str) -> None:
    before = hub.api(ann).list_repo_commits(repository)[0].commit_id
    assert is_refused(commit(hub, repository, BROKEN[name], ann))
    assert hub.api(ann).list_repo_commits(repository)[0].commit_id == before


def test_a_tree_of_ten_thousand_files(hub: Hub, ann: str, repository: str) -> None:
    body = header() + b"".join(small(f"{number % 100}/{number}.txt") for number in range(10_000))
    assert commit(hub, repository, body, ann).status == 200
    assert len(paths(hub, repository, ann)) == 10_100  # and a hundred folders
    assert is_refused(commit(hub, repository, body + small("one-too-many"), ann))


def test_sizes_and_digests_that_lie_are_refused(hub: Hub, ann: str, repository: str) -> None:
    octets = os.urandom(100_000)
    digest = hashlib.sha256(octets).hexdigest()
    for sent in (octets[:-1], octets + b"x", octets[:-1] + b"?", b""):
        place = link(hub, repository, digest, len(octets), ann)
        assert is_refused(hub.ask("PUT", place, sent, token=""))
        assert is_refused(commit(hub, repository, header() + large("m.bin", digest, len(octets)), ann))
    assert hub.ask("PUT", place, octets, token="").status == 200
    assert is_refused(commit(hub, repository, header() + large("m.bin", digest, 1), ann))
    assert commit(hub, repository, header() + large("m.bin", digest, len(octets)), ann).status == 200


def test_links_are_for_what_they_were_made(hub: Hub, ann: str, repository: str) -> None:
    place = link(hub, repository, "11" * 32, 4, ann)
    ticket = place.rpartition("/")[2]
    named, _, mac = ticket.partition(".")
    other = base64.urlsafe_b64encode(b"1\n" + b"22" * 32 + b"\n4\nann\n9999999999").decode().rstrip("=")
    for forged in (f"{other}.{mac}", f"{named}.{'0' * 64}", named, "x", "a" * 2000, quote("\0")):
        assert hub.ask("PUT", f"/lfs/{forged}", b"evil", token="").status in (403, 404)


def test_a_digest_of_others_gets_nothing(hub: Hub, ann: str, eve: str, repository: str) -> None:
    octets = os.urandom(50_000)
    digest = hashlib.sha256(octets).hexdigest()
    hub.ask("PUT", link(hub, repository, digest, len(octets), ann), octets, token="")
    assert commit(hub, repository, header() + large("m.bin", digest, len(octets)), ann).status == 200
    name = f"eve/{repository.partition('/')[2]}"
    hub.api(eve).create_repo(name)
    told = json.loads(batch(hub, name, digest, len(octets), eve).body)
    assert "actions" in told["objects"][0]  # eve is asked to send it, as if nobody had it
    assert is_refused(commit(hub, name, header() + large("stolen.bin", digest, len(octets)), eve))


def test_chunks_of_others_get_nothing(hub: Hub, ann: str, eve: str, repository: str, tmp_path: Path) -> None:
    """A shard that names somebody else's xorb does not make its bytes readable."""
    (tmp_path / "m.bin").write_bytes(os.urandom(300_000))
    hub.api(ann).upload_folder(repo_id=repository, folder_path=tmp_path)
    name = f"eve/x{repository.partition('/')[2]}"
    hub.api(eve).create_repo(name)
    told = hub.ask("GET", f"/api/models/{name}/xet-write-token/main", token=eve)
    place, bearer = urlsplit(told.headers["x-xet-cas-url"]).path, told.headers["x-xet-access-token"]
    for path in ("v1/chunks/default/", "v1/xorb-grants/default/"):
        method = "GET" if "chunks" in path else "POST"
        assert hub.ask(method, f"{place}/{path}{'00' * 32}", token=bearer).status == 404
    for method in ("GET", "HEAD"):
        assert hub.ask(method, f"{place}/v1/xorbs/default/{'00' * 32}", token=bearer).status in (404, 405)
    assert hub.ask("POST", f"{place}/v1/shards", b"", token=ann).status == 401


def test_what_is_in_quarantine_leaks_by_no_route(hub: Hub, ann: str, eve: str, tmp_path: Path) -> None:
    import pickle

    class Poison:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, ("true",)

    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps(Poison()))
    hub.api(ann).create_repo("ann/leaky")
    made = hub.api(ann).upload_folder(repo_id="ann/leaky", folder_path=tmp_path).oid
    hub.wait("ann/leaky", made)
    for revision in ("main", made, "refs%2Fheads%2Fmain", "MAIN", f"{made}%00", made[:12]):
        for token in (ann, eve, ""):
            for route in (
                f"/ann/leaky/resolve/{revision}/pytorch_model.bin",
                f"/ann/leaky/resolve/{revision}/%2e/pytorch_model.bin",
                f"/ann/leaky/raw/{revision}/pytorch_model.bin",
                f"/ann/leaky/resolve-cache/{revision}/pytorch_model.bin",
                f"/datasets/ann/leaky/resolve/{revision}/pytorch_model.bin",
            ):
                for headers in ({}, {"Range": "bytes=0-3"}):
                    answer = hub.ask("GET", route, token=token, headers=headers)
                    assert answer.status in (400, 401, 404), (route, answer.status)
                    assert b"posix" not in answer.body.replace(b"imports posix.system", b"").replace(
                        b"calls posix.system", b""
                    )


def test_a_file_that_was_altered_on_disk_is_not_served(hub: Hub, ann: str, repository: str) -> None:
    octets = b"{}" + b" " * 1000
    body = header() + small("config.json", octets) + small("README.md", b"# A card\n")
    assert commit(hub, repository, body, ann).status == 200
    hub.wait(repository)
    path = f"/{repository}/resolve/main/config.json"
    assert hub.ask("GET", path, token=ann).body == octets
    place = Blobs(hub.folder / "blobs").path(Digest(hashlib.sha256(octets).hexdigest()))
    place.write_bytes(octets[:-1])
    assert hub.ask("GET", path, token=ann).status == 404
    place.write_bytes(octets)


@pytest.mark.parametrize("hostile", [
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"".join(b"x-%d: y\r\n" % each for each in range(2000)) + b"\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST /api/repos/create HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
])  # fmt: skip
def test_hostile_requests_end(hub: Hub, hostile: bytes) -> None:
    where = urlsplit(hub.url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        connection.sendall(hostile)
        connection.shutdown(socket.SHUT_WR)
        told = connection.recv(4096)
    assert not told or told.split()[1].startswith(b"4")
    assert hub.ask("GET", "/-/health", token="").status == 200


def test_clients_that_drip_do_not_stop_others(hub: Hub, ann: str) -> None:
    where = urlsplit(hub.url)
    slow = [socket.create_connection((where.hostname, where.port)) for _ in range(200)]
    try:
        for each in slow:
            each.sendall(b"POST /api/repos/create HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
        begun = time.monotonic()
        assert hub.api(ann).whoami()["name"] == "ann"
        assert time.monotonic() - begun < 5
    finally:
        for each in slow:
            each.close()


def test_names_of_repositories_that_lie_are_refused(hub: Hub, ann: str) -> None:
    for name in (
        "../x",
        "ann/..",
        "ann/a/b",
        "api/x",
        "ann/x.git",
        "ann/" + "y" * 200,
        "ann/é",
        "ann/-x",
        "x\0/y",
    ):
        body = json.dumps({"name": name, "type": "model"}).encode()
        assert is_refused(hub.ask("POST", "/api/repos/create", body, token=ann)), name
    hub.api(ann).create_repo("ann/Case")
    body = json.dumps({"name": "ann/case"}).encode()
    assert hub.ask("POST", "/api/repos/create", body, token=ann).status == 409


def test_tokens_that_ended_are_worth_nothing(hub: Hub) -> None:
    token = hub.account("temp", "reader", "read")
    assert hub.ask("GET", "/api/whoami-v2", token=token).status == 200
    hub.admin("revoke", hashlib.sha256(token.encode()).hexdigest())
    assert hub.ask("GET", "/api/whoami-v2", token=token).status == 401
    other = hub.account("temp", "reader", "read")
    hub.admin("account", "temp", "--shut-out")
    assert hub.ask("GET", "/api/whoami-v2", token=other).status == 401


def test_forms_of_other_sites_do_nothing(hub: Hub) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"token={hub.token}".encode()
    for said in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        assert hub.ask("POST", "/-/sign-in", body, token="", headers=headers | said).status == 403
    answer = hub.ask(
        "POST", "/-/sign-in", body, token="", headers=headers | {"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status == 303 and "HttpOnly" in answer.headers["set-cookie"]
    for target in ("//evil.example", "https://evil.example", "/\\evil.example"):
        body = f"token={hub.token}&next={quote(target, safe='')}".encode()
        answer = hub.ask(
            "POST", "/-/sign-in", body, token="", headers=headers | {"Sec-Fetch-Site": "same-origin"}
        )
        assert answer.headers["location"] == "/"


def test_pages_run_nothing_of_strangers(hub: Hub, ann: str) -> None:
    answer = hub.ask("GET", "/-/sign-in?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", token="")
    assert b"<script>alert" not in answer.body
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("after", range(6))
def test_a_power_cut_loses_nothing_that_was_committed(tmp_path: Path, after: int) -> None:
    """The server is killed at another step of an upload each time, begun again, and asked for everything."""
    folder = tmp_path / "registry"
    kept: dict[str, bytes] = {}
    with running_hub(folder) as hub:
        ann = hub.account("ann", "contributor")
        hub.api(ann).create_repo("ann/m")
        stop = threading.Event()

        def upload() -> None:
            number = 0
            while not stop.is_set():
                octets = os.urandom(200_000)
                digest = hashlib.sha256(octets).hexdigest()
                try:
                    place = link(hub, "ann/m", digest, len(octets), ann)
                    if hub.ask("PUT", place, octets, token="").status != 200:
                        return
                    body = header() + large(f"{number}.bin", digest, len(octets))
                    if commit(hub, "ann/m", body, ann).status == 200:
                        kept[f"{number}.bin"] = octets
                except (OSError, ValueError, KeyError):
                    return
                number += 1

        thread = threading.Thread(target=upload)
        thread.start()
        time.sleep(0.5 + after * 0.037)
        hub.kill()
        stop.set()
        thread.join()
        token = hub.token
    assert kept
    with running_hub(folder, token=token) as hub:
        there = {each.path: each.lfs.sha256 for each in hub.api(ann).list_repo_tree("ann/m")}
        for name, octets in kept.items():
            digest = hashlib.sha256(octets).hexdigest()
            assert there[name] == digest
            assert Blobs(folder / "blobs").path(Digest(digest)).read_bytes() == octets


def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, before[1]))  # inherited: no file may grow above it
    try:
        with running_hub(tmp_path / "registry") as hub:
            ann = hub.account("ann", "contributor")
            hub.api(ann).create_repo("ann/m")
            assert commit(hub, "ann/m", header() + small("a.txt"), ann).status == 200
            octets = os.urandom(5 << 20)
            digest = hashlib.sha256(octets).hexdigest()
            place = link(hub, "ann/m", digest, len(octets), ann)
            answer = hub.ask("PUT", place, octets, token="")
            assert answer.status in (413, 503, 507), answer
            assert is_refused(commit(hub, "ann/m", header() + large("b.bin", digest, len(octets)), ann))
            assert paths(hub, "ann/m", ann) == ["a.txt"]
            assert list((tmp_path / "registry" / "blobs" / "incoming").iterdir()) == []
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
