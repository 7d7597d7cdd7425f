"""Xet and its own client: what the client sends is understood, and it understands what is sent."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy
import pytest
from aiohttp import web

from hauberk.core.errors import Malformed
from hauberk.registry.accounts import ADMINISTER, WRITE
from hauberk.registry.app import application
from hauberk.registry.huggingface.xet.hashes import CHUNK, from_text, keyed, text
from hauberk.registry.huggingface.xet.outline import XORB_SIZE
from hauberk.registry.huggingface.xet.rebuild import check, rebuild
from hauberk.registry.huggingface.xet.shard import File, read_shard
from hauberk.registry.huggingface.xet.xorb import (
    FOOTER,
    GROUPED,
    LZ4,
    MAX_CHUNK,
    PLAIN,
    Index,
    Unpacker,
    read_index,
    unpacked,
)
from hauberk.registry.limits import Limits
from hauberk.registry.open import Opened, Opening, open_registry
from hauberk.registry.permission import Permission
from hauberk.registry.repository import Commit, Repository
from tests.served import served

MIB = 1 << 20
WHOLE = 3 * MIB  # bytes; what is larger has to be read in parts here
SECONDS = 120  # for one run of the client


@dataclass
class Recorder:
    """Takes whatever the client sends, and understands none of it."""

    xorbs: dict[str, bytes] = field(default_factory=dict)
    shards: list[bytes] = field(default_factory=list)

    def application(self) -> web.Application:
        app = web.Application(client_max_size=1 << 30)
        app.router.add_post("/v1/xorbs/default/{hash}", self._xorb)
        app.router.add_post("/v1/shards", self._shard)
        return app

    async def _xorb(self, request: web.Request) -> web.Response:
        self.xorbs[request.match_info["hash"]] = await request.read()
        return web.json_response({"was_inserted": True})

    async def _shard(self, request: web.Request) -> web.Response:
        self.shards.append(await request.read())
        return web.json_response({"result": 1})


SEND = """
import sys, hf_xet
token = ("pass", 4102444800)
sent = hf_xet.upload_files(sys.argv[2:], sys.argv[1], token, lambda: token, None, None)
print(*(each.hash for each in sent))
"""


def plain(kind: str, size: int) -> bytes:
    """Bytes of a kind that the client packs in its own way."""
    if kind == "weights":
        return numpy.random.default_rng(2).normal(size=size // 4).astype("<f4").tobytes()
    if kind == "text":
        lines = b"".join(b"%d: a line of a table, %d\n" % (each, each * each) for each in range(size // 20))
        return lines[:size]
    return bytes(size) if kind == "zeros" else os.urandom(size)


def sent(recorder: Recorder, paths: list[Path], home: Path) -> list[str]:
    """The hashes that the client has for the files, which it sent to the recorder."""
    with served(recorder.application()) as url:
        environment = {**os.environ, "HF_HOME": str(home)}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SEND, url, *map(str, paths)],
            capture_output=True, text=True, timeout=SECONDS, check=False, env=environment,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()


@dataclass
class Kept:
    """Xorbs that were unpacked and checked, each in a file of its own."""

    files: dict[bytes, io.BytesIO] = field(default_factory=dict)

    def take(self, named: str, octets: bytes, piece: int) -> Unpacker:
        target = io.BytesIO()
        unpacker = Unpacker(target)
        for at in range(0, len(octets), piece):
            unpacker.feed(octets[at : at + piece])
        assert text(unpacker.finish()) == named
        self.files[from_text(named)] = target
        return unpacker

    def index(self, xorb: bytes) -> Index:
        return read_index(self.files[xorb])

    def opened(self, xorb: bytes) -> tuple[io.BytesIO, Index]:
        return self.files[xorb], self.index(xorb)

    def rebuilt(self, file: File) -> bytes:
        check(file, self.index)
        target = io.BytesIO()
        digest = rebuild(file, self.opened, target)
        assert digest.hex == hashlib.sha256(target.getvalue()).hexdigest()
        return target.getvalue()


def ways(xorb: bytes) -> set[int]:
    """In which ways the chunks of a xorb are packed."""
    found, at = set(), 0
    while at < len(xorb) and not xorb.startswith(FOOTER, at):
        found.add(xorb[at + 4])
        at += 8 + int.from_bytes(xorb[at + 1 : at + 4], "little")
    return found


KINDS = {
    "random": 5_000_001, "weights": 30 * MIB, "text": 9_000_000, "zeros": 7_000_000, "one": 1, "some": 1000,
    "large": 150 * MIB,
}  # fmt: skip


@pytest.fixture(scope="module")
def upload(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recorder, dict[str, bytes]]:
    """What the client sends of files of every kind: by the hash that the client has for each, its bytes."""
    folder, recorder = tmp_path_factory.mktemp("sent"), Recorder()
    octets = {name: plain(name, size) for name, size in KINDS.items()}
    octets["again"] = octets["random"] + octets["text"]  # chunks that were sent already
    for name, each in octets.items():
        (folder / name).write_bytes(each)
    hashes = sent(recorder, [folder / name for name in octets], folder)
    return recorder, dict(zip(hashes, octets.values(), strict=True))


def test_what_the_client_sends_is_rebuilt_to_the_byte(upload: tuple[Recorder, dict[str, bytes]]) -> None:
    recorder, octets = upload
    kept, schemes = Kept(), set()
    for number, (named, each) in enumerate(recorder.xorbs.items()):
        kept.take(named, each, (2 * MIB, 65_537)[number % 2])
        schemes |= ways(each)
    files = [file for shard in recorder.shards for file in read_shard(shard)]
    assert {text(file.hash) for file in files} == set(octets)
    for file in files:
        found = kept.rebuilt(file)
        assert found == octets[text(file.hash)]
        assert file.digest is not None and all(term.proof for term in file.terms)
    assert schemes == {PLAIN, LZ4, GROUPED}


def test_no_flipped_bit_of_what_the_client_sends_is_taken(upload: tuple[Recorder, dict[str, bytes]]) -> None:
    recorder, _ = upload
    named, octets = min(recorder.xorbs.items(), key=lambda each: len(each[1]))
    for place in range(0, len(octets), max(1, len(octets) // 40)):
        flipped = bytearray(octets)
        flipped[place] ^= 1
        unpacker = Unpacker(io.BytesIO())
        try:
            unpacker.feed(bytes(flipped))
            found = text(unpacker.finish())
        except Malformed:
            continue
        assert found != named or place >= unpacker.packed  # the footer is passed over


@dataclass
class Judge:
    """Permits what is not recalled."""

    is_recalled: bool = False

    def permit(self, repository: Repository, commit: Commit, environment: str) -> Permission:
        return Permission(not self.is_recalled, "it was recalled", True)

    def served(self, repository: Repository, environment: str) -> str | None:
        return None


@dataclass
class Parts:
    """A registry that sends what is above 3 MiB in parts, and its judge."""

    url: str
    opened: Opened
    judge: Judge
    paths: list[str]

    def token(self, name: str, role: str = "contributor") -> str:
        account = self.opened.site.accounts.add(name, role)
        scope = ADMINISTER if role == "admin" else WRITE
        return self.opened.site.accounts.issue(account, "test", scope, None)

    def api(self, token: str) -> Any:
        from huggingface_hub import HfApi

        return HfApi(endpoint=self.url, token=token)

    def ask(self, url: str, bearer: str = "", asked: str = "") -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        connection.request("GET", url, headers=headers | ({"Range": asked} if asked else {}))
        found = connection.getresponse()
        told = {name.lower(): value for name, value in found.getheaders()}
        octets = found.read()
        connection.close()
        return found.status, told, octets


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    with open_registry(Opening(tmp_path_factory.mktemp("parts") / "registry")) as opened:
        judge = Judge()
        site = replace(opened.site, permits=judge, limits=replace(Limits(), whole=WHOLE))
        app, paths = application(site), []

        async def note(request: web.Request, _: web.StreamResponse) -> None:
            paths.append(request.path)

        app.on_response_prepare.append(note)
        with served(app) as url:
            yield Parts(url, opened, judge, paths)


@pytest.fixture(scope="module")
def ann(parts: Parts) -> str:
    return parts.token("ann")


@pytest.fixture(scope="module")
def pushed(parts: Parts, ann: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("source")
    sizes = {"random": 70 * MIB + 5, "zeros": 2 * XORB_SIZE, "text": 9_000_000, "some": 1000}
    octets = {name: plain(name, size) for name, size in sizes.items()}
    for name, each in octets.items():
        (folder / name).write_bytes(each)
    api = parts.api(ann)
    api.create_repo("ann/large", private=True)
    return api.upload_folder(repo_id="ann/large", folder_path=folder).oid, octets


def resolved(parts: Parts, commit: str, name: str, bearer: str) -> dict[str, str]:
    connection = http.client.HTTPConnection(urlsplit(parts.url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {bearer}"}
    connection.request("HEAD", f"/ann/large/resolve/{commit}/{name}", headers=headers)
    found = connection.getresponse()
    found.read()
    connection.close()
    return {name.lower(): value for name, value in found.getheaders()}


def entered(parts: Parts, commit: str, name: str, bearer: str) -> tuple[str, str, str]:
    """The file's Xet hash, where to ask for its parts, and the pass for it."""
    told = resolved(parts, commit, name, bearer)
    status, headers, _ = parts.ask(urlsplit(told["x-xet-refresh-route"]).path, bearer)
    assert status == 200
    return told["x-xet-hash"], urlsplit(headers["x-xet-cas-url"]).path, headers["x-xet-access-token"]


DOWNLOAD = """
import sys
from huggingface_hub import snapshot_download
print(snapshot_download("ann/large", revision=sys.argv[1]))
"""


def test_the_client_reads_large_files_in_parts(
    parts: Parts, ann: str, pushed: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    commit, octets = pushed
    environment = {**os.environ, "HF_ENDPOINT": parts.url, "HF_TOKEN": ann, "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", DOWNLOAD, commit], capture_output=True, text=True,
                          timeout=SECONDS, check=False, env=environment)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert sum("/parts/" in each for each in parts.paths) >= 5  # xorbs of 32 MiB
    for name, each in octets.items():
        assert (Path(done.stdout.split()[-1]) / name).read_bytes() == each
    assert "x-xet-hash" in resolved(parts, commit, "random", ann)
    assert "x-xet-hash" not in resolved(parts, commit, "some", ann)


def decoded(octets: bytes) -> tuple[bytes, list[tuple[bytes, int]]]:
    """What a part holds, and its chunks."""
    found, chunks, at = [], [], 0
    while at < len(octets):
        packed = int.from_bytes(octets[at + 1 : at + 4], "little")
        size = int.from_bytes(octets[at + 5 : at + 8], "little")
        body = bytes(unpacked(octets[at + 8 : at + 8 + packed], octets[at + 4], size))
        found.append(body)
        chunks.append((keyed(body, CHUNK), size))
        at += 8 + packed
    return b"".join(found), chunks


@pytest.mark.parametrize(
    "span",
    [(0, 70 * MIB + 5), (0, 1), (70 * MIB + 4, 70 * MIB + 5), (MAX_CHUNK - 1, MAX_CHUNK + 1),
     (XORB_SIZE - 1, XORB_SIZE + 1), (XORB_SIZE, 2 * XORB_SIZE), (123_456, 69_000_000)],
)  # fmt: skip
def test_any_range_is_made_of_its_parts(
    parts: Parts, ann: str, pushed: tuple[str, dict[str, bytes]], span: tuple[int, int]
) -> None:
    commit, octets = pushed
    named, place, bearer = entered(parts, commit, "random", ann)
    status, _, body = parts.ask(
        f"{place}/v1/reconstructions/{named}", bearer, f"bytes={span[0]}-{span[1] - 1}"
    )
    assert status == 200
    told, found = json.loads(body), b""
    for term in told["terms"]:
        [link] = (each for each in told["fetch_info"][term["hash"]] if each["range"] == term["range"])
        asked = f"bytes={link['url_range']['start']}-{link['url_range']['end']}"
        status, _, octets_of = parts.ask(urlsplit(link["url"]).path, asked=asked)
        part, chunks = decoded(octets_of)
        assert status == 206 and len(part) == term["unpacked_length"]
        assert len(chunks) == term["range"]["end"] - term["range"]["start"]
        found += part
    offset = told["offset_into_first_range"]
    assert offset < told["terms"][0]["unpacked_length"]
    assert found[offset : offset + span[1] - span[0]] == octets["random"][span[0] : span[1]]


def test_a_recall_ends_a_download(parts: Parts, ann: str, pushed: tuple[str, dict[str, bytes]]) -> None:
    commit, _ = pushed
    named, place, bearer = entered(parts, commit, "random", ann)
    asked = f"{place}/v1/reconstructions/{named}"
    link = json.loads(parts.ask(asked, bearer)[2])["fetch_info"].popitem()[1][0]["url"]
    parts.judge.is_recalled = True
    try:
        for each, token in ((asked, bearer), (urlsplit(link).path, "")):
            status, headers, _ = parts.ask(each, token)
            assert status == 404 and headers["x-error-code"] == "RevisionNotFound"
            assert "it was recalled" in headers["x-error-message"]
    finally:
        parts.judge.is_recalled = False


def test_nobody_reads_parts_by_hash(parts: Parts, ann: str, pushed: tuple[str, dict[str, bytes]]) -> None:
    commit, _ = pushed
    named, place, bearer = entered(parts, commit, "random", ann)
    eve = parts.token("eve")
    api = parts.api(eve)
    api.create_repo("eve/own")
    own = api.upload_file(repo_id="eve/own", path_or_fileobj=b"x", path_in_repo="a.txt").oid
    status, headers, _ = parts.ask(f"/api/models/eve/own/xet-read-token/{own}", eve)
    assert status == 200
    for other in (headers["x-xet-access-token"], "", eve, bearer[:-1] + ("0" if bearer[-1] != "0" else "1")):
        for at in (place, urlsplit(headers["x-xet-cas-url"]).path):
            assert parts.ask(f"{at}/v1/reconstructions/{named}", other)[0] in (401, 404)
    assert parts.ask(f"/api/models/ann/large/xet-read-token/{commit}", eve)[0] == 404


def test_parts_that_cannot_be_are_a_clear_no(
    parts: Parts, ann: str, pushed: tuple[str, dict[str, bytes]]
) -> None:
    commit, _ = pushed
    named, place, bearer = entered(parts, commit, "random", ann)
    asked = f"{place}/v1/reconstructions"
    assert parts.ask(f"{asked}/{'0' * 64}", bearer)[0] == 404
    assert parts.ask(f"{asked}/{'z' * 64}", bearer)[0] == 400
    for wanted in ("bytes=999999999999-", "bytes=5-4", "bytes=-5", "lines=1-2", f"bytes={'9' * 400}-"):
        assert parts.ask(f"{asked}/{named}", bearer, wanted)[0] == 416
    link = json.loads(parts.ask(f"{asked}/{named}", bearer)[2])["fetch_info"].popitem()[1][0]["url"]
    ticket = urlsplit(link).path.rsplit("/", 2)[0]
    for wrong in ("1/5", "0/0", f"0/{XORB_SIZE + 1}", "0/999999999999999", "999999999999999/1",
                  f"{70 * MIB}/{XORB_SIZE // 2}"):  # fmt: skip
        assert parts.ask(f"{ticket}/{wrong}")[0] == 400, wrong
    assert parts.ask(f"{ticket[:-1]}{'0' if ticket[-1] != '0' else '1'}/0/5")[0] == 403
    assert parts.ask(f"{ticket}/0/131072", asked="bytes=5-9")[2] != b""
    whole = parts.ask(f"{ticket}/0/131072")[2]
    assert parts.ask(f"{ticket}/0/131072", asked="bytes=5-9")[2] == whole[5:10]


def test_who_was_shut_out_reads_no_parts(parts: Parts, pushed: tuple[str, dict[str, bytes]]) -> None:
    commit, _ = pushed
    boss = parts.token("boss", "admin")
    named, place, bearer = entered(parts, commit, "random", boss)
    asked = f"{place}/v1/reconstructions/{named}"
    status, _, body = parts.ask(asked, bearer)
    assert status == 200
    link = json.loads(body)["fetch_info"].popitem()[1][0]["url"]
    accounts = parts.opened.site.accounts
    accounts.change(accounts.by_name("boss"), "admin", is_active=False)
    assert parts.ask(asked, bearer)[0] == 404 and parts.ask(urlsplit(link).path)[0] == 404


def test_everybody_reads_parts_of_what_is_public_where_the_registry_is_open(
    parts: Parts, ann: str, tmp_path: Path
) -> None:
    octets = plain("random", WHOLE + 5)
    api = parts.api(ann)
    api.create_repo("ann/public")
    api.upload_file(repo_id="ann/public", path_or_fileobj=octets, path_in_repo="large")
    site = parts.opened.site
    limits = replace(site.limits, whole=WHOLE)
    with served(application(replace(site, permits=Judge(), limits=limits, is_open=True))) as url:
        environment = {**os.environ, "HF_ENDPOINT": url, "HF_HOME": str(tmp_path)}
        environment.pop("HF_TOKEN", None)
        code = "from huggingface_hub import hf_hub_download as get; print(get('ann/public', 'large'))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=SECONDS,
                              check=False, env=environment)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert Path(done.stdout.split()[-1]).read_bytes() == octets
