"""ModelPack: the manifest of a version that no OCI client pushed, each file a layer as it is.

Source: modelpack/model-spec v0.0.7, spec.md and schema/config-schema.json (CNCF).
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime

from hauberk.core.errors import OverBudget
from hauberk.core.statement import Json
from hauberk.registry.oci.manifest import FILEPATH, IMAGE, MAX_MANIFEST, TITLE, Manifest, read_manifest
from hauberk.registry.repository import DATASET, Commit, Repository
from hauberk.registry.tree import Entry, Tree

ARTIFACT = "application/vnd.cncf.model.manifest.v1+json"
CONFIG = "application/vnd.cncf.model.config.v1+json"
LAYER = "application/vnd.cncf.model.{}.v1.raw"
KINDS = (
    ("doc", re.compile(r"(?:readme|licen[cs]e|notice|copying)[^/]*|.*\.(?:md|rst|pdf)", re.IGNORECASE)),
    ("code", re.compile(r".*\.(?:py|sh|ipynb|cpp|cu|js)", re.IGNORECASE)),
    ("weight.config", re.compile(r".*\.(?:json|txt|ya?ml|toml|jinja|model|tiktoken|xml)", re.IGNORECASE)),
)


def made_of(repository: Repository, commit: Commit, tree: Tree) -> tuple[Manifest, bytes]:
    """The manifest of the version, and its config. Raises OverBudget where it would be too long."""
    created = datetime.fromtimestamp(commit.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    diffs: list[Json] = [str(each.digest) for each in tree.entries]
    name = repository.name.rpartition("/")[2]
    config = _json(
        {
            "descriptor": {"createdAt": created, "name": name, "revision": commit.id},
            "config": {},
            "modelfs": {"type": "layers", "diffIds": diffs},
        }
    )
    digest = f"sha256:{hashlib.sha256(config).hexdigest()}"
    layers: list[Json] = [_layer(repository.kind, each) for each in tree.entries]
    octets = _json(
        {
            "schemaVersion": 2,
            "mediaType": IMAGE,
            "artifactType": ARTIFACT,
            "config": {"mediaType": CONFIG, "digest": digest, "size": len(config)},
            "layers": layers,
            "annotations": {
                "org.opencontainers.image.created": created,
                "org.opencontainers.image.revision": commit.id,
            },
        }
    )
    if len(octets) > MAX_MANIFEST:
        raise OverBudget(f"the manifest of {len(tree.entries)} files has more than {MAX_MANIFEST} bytes")
    return read_manifest(octets), config


def _layer(kind: str, entry: Entry) -> Json:
    return {
        "mediaType": LAYER.format(_kind(kind, entry.path)),
        "digest": str(entry.digest),
        "size": entry.size,
        "annotations": {FILEPATH: entry.path, TITLE: entry.path},
    }


def _kind(kind: str, path: str) -> str:
    name = path.rpartition("/")[2]
    found = next((each for each, form in KINDS if form.fullmatch(name)), "weight")
    return "dataset" if kind == DATASET and found != "doc" else found


def _json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
