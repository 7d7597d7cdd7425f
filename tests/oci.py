"""A bare client of container registries for tests: pushes and pulls without a library's kindness."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.hub import Answer, Hub

IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
FILEPATH = "org.cncf.model.filepath"
CONFIG = b'{"descriptor":{"name":"m"},"config":{},"modelfs":{"type":"layers","diffIds":[]}}'


def digest(octets: bytes) -> str:
    return f"sha256:{hashlib.sha256(octets).hexdigest()}"


def descriptor(octets: bytes, kind: str = "weight", path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {
        "mediaType": f"application/vnd.cncf.model.{kind}",
        "digest": digest(octets),
        "size": len(octets),
    }
    return found | ({"annotations": {FILEPATH: path}} if path else {})


def manifest(files: Mapping[str, bytes], **more: object) -> bytes:
    told: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": IMAGE,
        "artifactType": "application/vnd.cncf.model.manifest.v1+json",
        "config": descriptor(CONFIG, "config.v1+json"),
        "layers": [descriptor(octets, "weight.v1.raw", path) for path, octets in files.items()],
    }
    return json.dumps({name: each for name, each in (told | more).items() if each is not None}).encode()


@dataclass
class Place:
    """A repository of a registry, with a token for it."""

    hub: Hub
    name: str
    token: str = field(repr=False)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        where = path if path.startswith("/v2/") else f"/v2/{self.name}/{path}"
        return self.hub.ask(method, where, body, token=self.token, headers=sent)

    def blob(self, octets: bytes) -> Answer:
        return self.ask("POST", f"blobs/uploads/?digest={digest(octets)}", octets)

    def put(self, reference: str, octets: bytes, media_type: str = IMAGE) -> Answer:
        return self.ask("PUT", f"manifests/{reference}", octets, Content_Type=media_type)

    def push(self, reference: str, files: Mapping[str, bytes], **more: object) -> bytes:
        for each in (CONFIG, *files.values()):
            assert self.blob(each).status == 201
        octets = manifest(files, **more)
        answer = self.put(reference, octets)
        assert answer.status == 201, answer
        assert answer.headers["docker-content-digest"] == digest(octets)
        return octets


def code(answer: Answer) -> str:
    """The code of a refusal."""
    told = json.loads(answer.body)
    assert told["errors"][0]["message"], answer
    return str(told["errors"][0]["code"])
