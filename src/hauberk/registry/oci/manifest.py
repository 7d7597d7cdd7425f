"""Manifests from strangers, read so that every client understands them alike, and the files that they are.

Source: opencontainers/image-spec v1.1, manifest.md, image-index.md and descriptor.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.statement import Json
from hauberk.core.strict import read_json
from hauberk.registry.oci.words import DIGEST
from hauberk.registry.tree import EMPTY, Added, Tree, large_entry, plain_entry

MAX_MANIFEST = 4 << 20  # bytes; what the specification asks registries to take
MAX_DESCRIPTORS = 10_000  # as many as a version may have files
MAX_SIZE = 1 << 62  # bytes, and below what a database counts
IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
IMAGES = (IMAGE, "application/vnd.docker.distribution.manifest.v2+json")
INDEXES = (INDEX, "application/vnd.docker.distribution.manifest.list.v2+json")
FILEPATH, TITLE = "org.cncf.model.filepath", "org.opencontainers.image.title"
MEDIA_TYPE = re.compile(
    r"[A-Za-z0-9][\w!#$&^.+-]{0,126}/[A-Za-z0-9][\w!#$&^.+-]{0,126}", re.ASCII
)  # RFC 6838
OWN = ".oci"  # the folder of what is no file of the model
MANIFEST_PATH, CONFIG_PATH = f"{OWN}/manifest.json", f"{OWN}/image-config.json"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a manifest says of a blob or of another manifest; the size in bytes."""

    media_type: str
    digest: Digest
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest or an index, and the bytes that it is."""

    octets: bytes
    media_type: str
    artifact_type: str
    config: Descriptor | None
    layers: tuple[Descriptor, ...]
    children: tuple[Descriptor, ...]
    subject: Descriptor | None
    annotations: Mapping[str, str]

    @property
    def digest(self) -> Digest:
        """The name of these bytes."""
        return Digest(hashlib.sha256(self.octets).hexdigest())

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """The blobs that it names."""
        return (*((self.config,) if self.config else ()), *self.layers)

    @property
    def tree(self) -> Tree:
        """The files of the version that it is: the layers by their paths, the config, and itself.

        Raises Malformed or OverBudget for paths that may not be, or where two layers have one path.
        """
        found = [Added(plain_entry(MANIFEST_PATH, self.octets))]
        if self.config:
            found.append(Added(large_entry(CONFIG_PATH, self.config.digest, self.config.size)))
        taken: dict[str, Digest] = {}
        for each in self.layers:
            path = path_of(each)
            if taken.setdefault(path, each.digest) != each.digest:
                raise Malformed(f"two layers have the path {path[:200]!a}")
            found.append(Added(large_entry(path, each.digest, each.size)))
        return EMPTY.after(found)


def path_of(layer: Descriptor) -> str:
    """The path at which clients write the layer, or its digest where they unpack it. Raises Malformed."""
    paths = {layer.annotations[name] for name in (FILEPATH, TITLE) if layer.annotations.get(name)}
    if len(paths) > 1:  # what is scanned under one name must not be written under another
        raise Malformed(f"{layer.digest}: its path is {' and '.join(ascii(p[:80]) for p in sorted(paths))}")
    path = next(iter(paths), f"layers/{layer.digest.hex}")
    if path.partition("/")[0].lower() == OWN:
        raise Malformed(f"{path[:80]!a}: the folder {OWN} is the registry's")
    return path


def read_manifest(octets: bytes, said: str = "") -> Manifest:
    """The manifest; `said` is the media type that came beside it, or empty. Raises Malformed, OverBudget."""
    found = read_json(octets, MAX_MANIFEST)
    if not isinstance(found, dict) or found.get("schemaVersion") != 2:
        raise Malformed("a manifest is an object with the schemaVersion 2")
    media_type = _media_type(found, said)
    is_index = media_type in INDEXES
    # One that is both is one thing to some clients and another to others (CVE-2021-41190).
    if any(name in found for name in (("config", "layers") if is_index else ("manifests",))):
        raise Malformed("a manifest with layers and an index of manifests are two things")
    config, subject = _maybe(found.get("config")), _maybe(found.get("subject"))
    if not is_index and config is None:
        raise Malformed("the manifest has no config")
    artifact_type = _text(found.get("artifactType", ""), "artifactType")
    if artifact_type and not MEDIA_TYPE.fullmatch(artifact_type):
        raise Malformed(f"{artifact_type[:80]!a} is no media type")
    return Manifest(
        octets,
        media_type,
        artifact_type or (config.media_type if config else ""),
        config,
        () if is_index else tuple(_descriptors(found.get("layers"), "layers")),
        tuple(_descriptors(found.get("manifests"), "manifests")) if is_index else (),
        subject,
        _annotations(found.get("annotations")),
    )


def _media_type(found: Mapping[str, Json], said: str) -> str:
    inside = _text(found.get("mediaType", ""), "mediaType")
    if inside and said and inside != said:
        raise Malformed(f"the manifest calls itself {inside[:80]!a}, and was sent as {said[:80]!a}")
    media_type = inside or said
    if media_type not in (*IMAGES, *INDEXES):
        raise Malformed(f"{media_type[:80]!a} is no manifest that this registry takes")
    return media_type


def _descriptors(value: Json, name: str) -> Iterator[Descriptor]:
    if not isinstance(value, list):
        raise Malformed(f"the manifest's {name} are no list")
    if len(value) > MAX_DESCRIPTORS:
        raise OverBudget(f"{len(value)} {name}, and {MAX_DESCRIPTORS} are the limit")
    for each in value:
        yield _descriptor(each)


def _maybe(value: Json) -> Descriptor | None:
    return None if value is None else _descriptor(value)


def _descriptor(value: Json) -> Descriptor:
    if not isinstance(value, dict):
        raise Malformed("a descriptor is an object")
    media_type, digest = (_text(value.get(name), name) for name in ("mediaType", "digest"))
    size, named = value.get("size"), DIGEST.fullmatch(digest)
    if not MEDIA_TYPE.fullmatch(media_type) or not named:
        raise Malformed(f"{digest[:80]!a}: a descriptor has a mediaType and a digest sha256:<64 hex digits>")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= MAX_SIZE:
        raise Malformed(f"{digest}: its size is no number of bytes")
    if value.get("urls"):
        raise Malformed(f"{digest}: lies elsewhere (urls), where nobody has scanned it")
    found = Descriptor(media_type, Digest(named[1]), size, _annotations(value.get("annotations")))
    _check_inside(value.get("data"), found)
    return found


def _check_inside(inside: Json, found: Descriptor) -> None:
    """Raises Malformed where the bytes that came inside of a descriptor are not the ones that it names."""
    if inside is None:
        return
    try:
        octets = base64.b64decode(_text(inside, "data"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(f"{found.digest}: its data is no base64") from error
    if (hashlib.sha256(octets).hexdigest(), len(octets)) != (found.digest.hex, found.size):
        raise Malformed(f"{found.digest}: its data are other bytes than it names")


def _annotations(value: Json) -> Mapping[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed("annotations are an object")
    return {name: _text(each, "annotation") for name, each in value.items()}


def _text(value: Json, name: str) -> str:
    if not isinstance(value, str):
        raise Malformed(f"the manifest's {name} is no text")
    return value
