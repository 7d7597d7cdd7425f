"""A mirror in front of a real hub (a second registry), and of hubs that lie."""

from __future__ import annotations

import json
import os
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import snapshot_download
from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

from tests.hub import Hub, running_hub

CARD = (
    b"---\nlicense: mit\n---\n# A model\n\nMade for a test. It fails at everything else than being stored.\n"
)
SECONDS = 60


class Poison:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


@contextmanager
def mirror_of(folder: Path, url: str, **rules: object) -> Iterator[Hub]:
    file = folder / "mirror.toml"
    said = {"url": url, **{name.replace("_", "-"): value for name, value in rules.items()}}
    file.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in said.items()))
    with running_hub(folder / "registry", f"--mirror={file}") as found:
        yield found


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    import numpy
    from safetensors.numpy import save

    with running_hub(tmp_path_factory.mktemp("origin") / "registry", "--open") as found:
        api = found.api(found.account("ann", "contributor"))
        good = {"model.safetensors": save({"w": numpy.ones((300, 300), "float32")}), "sub/a.txt": b"a\n"}
        for name, files in (("good", good), ("pickled", {"model.bin": pickle.dumps({"a": 1})})):
            api.create_repo(f"ann/{name}")
            folder = tmp_path_factory.mktemp(name)
            for path, octets in (*files.items(), ("README.md", CARD)):
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).write_bytes(octets)
            api.upload_folder(repo_id=f"ann/{name}", folder_path=folder)
            found.wait(f"ann/{name}")
        yield found


def fetched(hub: Hub, name: str, cache: Path, revision: str = "main") -> Path:
    """The snapshot, when the mirror has fetched and scanned it."""
    end = time.monotonic() + SECONDS
    while True:
        try:
            return Path(
                snapshot_download(name, revision=revision, endpoint=hub.url, token=hub.token, cache_dir=cache)
            )
        except RevisionNotFoundError as error:
            if "ask again soon" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.5)


def test_what_is_missing_comes_and_is_scanned_first(origin: Hub, tmp_path: Path) -> None:
    upstream = origin.api().model_info("ann/good").sha
    with mirror_of(tmp_path, origin.url) as hub:
        found = fetched(hub, "ann/good", tmp_path / "c")
        assert (found / "sub" / "a.txt").read_bytes() == b"a\n"
        pinned = fetched(hub, "ann/good", tmp_path / "c2", upstream)
        assert (pinned / "model.safetensors").read_bytes() == (found / "model.safetensors").read_bytes()
        told = hub.ask("GET", "/-/standing/model/ann/good/main")
        assert json.loads(told.body)["state"] == "clean"
        origin_is_not_needed = hub.ask("GET", "/ann/good/resolve/main/sub/a.txt")
        assert origin_is_not_needed.body == b"a\n"


RULES: list[tuple[dict[str, object], str, str]] = [
    ({"min_age_days": 14}, "ann/good", "younger than 14 days"),
    ({"deny": ["ann/*"]}, "ann/good", "must not come"),
    ({"allow": ["bob/*"]}, "ann/good", "not on the mirror's list"),
    ({"deny_files": ["*.bin", "*.pkl"]}, "ann/pickled", "of a format that the mirror does not take"),
    ({"licences": ["apache-2.0"]}, "ann/good", "licence"),
    ({"max_bytes": 1000}, "ann/good", "more than 1000 bytes"),
    ({}, "meta-lIama/Llama-3", "looks like a mistyped meta-llama"),
    ({}, "goggle/bert", "looks like a mistyped google"),
    ({}, "ann/nothing", "404"),
]


@pytest.mark.parametrize(("rules", "name", "words"), RULES)
def test_what_the_rules_forbid_does_not_come(
    origin: Hub, tmp_path: Path, rules: dict[str, object], name: str, words: str
) -> None:
    with mirror_of(tmp_path, origin.url, **rules) as hub:
        with pytest.raises((RevisionNotFoundError, RepositoryNotFoundError), match=words):
            fetched(hub, name, tmp_path / "c")
        assert name not in [each.id for each in hub.api().list_models()]


def test_nothing_of_upstream_is_mixed_into_our_own(origin: Hub, tmp_path: Path) -> None:
    with mirror_of(tmp_path, origin.url) as hub:
        api = hub.api(hub.account("ann", "contributor"))
        api.create_repo("ann/good")
        api.upload_file(repo_id="ann/good", path_or_fileobj=b"ours\n", path_in_repo="ours.txt")
        upstream = origin.api().model_info("ann/good").sha
        with pytest.raises(RevisionNotFoundError, match="of this registry"):
            fetched(hub, "ann/good", tmp_path / "c", upstream)
        assert [each.path for each in api.list_repo_tree("ann/good")] == ["ours.txt"]


Lies = Callable[[str], tuple[int, dict[str, str], bytes]]


@contextmanager
def lying_hub(answer: Lies) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answer(self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, form: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def offered(*files: tuple[str, int], **more: object) -> bytes:
    siblings = [{"rfilename": path, "size": size} for path, size in files]
    return json.dumps({"sha": "a" * 40, "siblings": siblings, **more}).encode()


def lies(body: bytes, file: tuple[int, dict[str, str], bytes]) -> Lies:
    return lambda path: (200, {}, body) if path.startswith("/api/") else file


LYING = {
    "a path that climbs": (offered(("../evil", 1)), (200, {}, b"x"), "evil"),
    "a size that lies": (offered(("a.txt", 5)), (200, {}, b"x"), "1 bytes came, and 5 were announced"),
    "endless": (offered(("a.txt", 5)), (200, {}, b"x" * (3 << 20)), "more comes than"),
    "no JSON": (b"<html>", (200, {}, b""), "answers no JSON"),
    "no files": (b'{"sha": 1}', (200, {}, b""), "does not say what is in it"),
    "a bomb of braces": (b"[" * 1_000_000, (200, {}, b""), "answers no JSON"),
    "to the metadata service": (
        offered(("a.txt", 5)),
        (302, {"Location": "http://169.254.169.254/latest/meta-data"}, b""),
        "not a public address",
    ),
    "to a private network": (
        offered(("a.txt", 5)),
        (302, {"Location": "http://10.0.0.1/x"}, b""),
        "not a public",
    ),
    "to a mapped address": (
        offered(("a.txt", 5)),
        (302, {"Location": "http://[::ffff:10.0.0.1]/x"}, b""),
        "not a public address",
    ),
    "to a name that is here": (
        offered(("a.txt", 5)),
        (302, {"Location": "http://localhost:9/x"}, b""),
        "not a public address",
    ),
    "to a file": (offered(("a.txt", 5)), (302, {"Location": "file:///etc/passwd"}, b""), "sends us to"),
    "round and round": (offered(("a.txt", 5)), (302, {"Location": "/again"}, b""), "more than 5 times"),
    "broken": (offered(("a.txt", 5)), (500, {}, b""), "answers 500"),
}


@pytest.mark.parametrize("name", LYING)
def test_hubs_that_lie_are_refused(tmp_path: Path, name: str) -> None:
    body, file, words = LYING[name]
    with lying_hub(lies(body, file)) as url, mirror_of(tmp_path, url) as hub:
        answer = hub.ask("GET", "/api/models/ann/m/revision/main")
        assert answer.status == 404
        assert words in json.loads(answer.body)["error"]
        assert not list((hub.folder / "blobs").glob("incoming/*"))
