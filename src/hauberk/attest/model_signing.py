"""OpenSSF Model Signing: one signature over the digest of every file of a model.

Source: OpenSSF Model Signing (OMS) specification v1.0.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from hauberk.attest.bundle import Bundle
from hauberk.attest.dsse import IN_TOTO, Envelope, Signature, pre_authentication_encoding
from hauberk.attest.keys import PrivateKey, PublicKey
from hauberk.attest.predicates import OMS
from hauberk.attest.statements import read_statement
from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed, Refused, Unsupported
from hauberk.core.statement import STATEMENT_TYPE, Json, Statement
from hauberk.sources.manifest import Listed, Manifest, Span, hash_spans, listed_files

# Algorithms of the specification that the standard library has; blake3 it has not.
ALGORITHMS = {"sha256": "sha256", "blake2b": "blake2b"}
HEX = frozenset("0123456789abcdef")
MAX_SHARD = 1 << 50  # bytes
MAX_TOLD = 3  # files that a refusal names
FIELDS = {"method", "hash_type", "allow_symlinks", "ignore_paths", "shard_size"}


@dataclass(frozen=True, slots=True)
class Resource:
    """A file of the model, or a stretch of one: `path:start:end` in the list."""

    path: str
    digest: str
    start: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """What a bundle's payload lists, in its order."""

    name: str
    algorithm: str
    resources: tuple[Resource, ...]
    shard_size: int = 0  # bytes; 0 where whole files are listed
    allows_links: bool = False
    ignored: tuple[str, ...] = ()
    statement: Statement = field(repr=False, default_factory=lambda: Statement((), OMS))


def payload(manifest: Manifest, name: str, ignored: Sequence[str] = ()) -> bytes:
    """The statement to be signed. Raises Refused for a model of no files, as the specification says."""
    if not manifest.entries:
        raise Refused("a model without a file cannot be signed")
    root = hashlib.sha256(b"".join(bytes.fromhex(each.digest.hex) for each in manifest.entries)).hexdigest()
    serialization: dict[str, Json] = {
        "method": "files",
        "hash_type": "sha256",
        "allow_symlinks": manifest.has_links,
    }
    if ignored:
        serialization["ignore_paths"] = list(ignored)
    resources: list[Json] = [
        {"name": each.path, "algorithm": "sha256", "digest": each.digest.hex} for each in manifest.entries
    ]
    content: dict[str, Json] = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": root}}],
        "predicateType": OMS,
        "predicate": {"serialization": serialization, "resources": resources},
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sign_manifest(manifest: Manifest, name: str, key: PrivateKey, ignored: Sequence[str] = ()) -> Bundle:
    """A bundle with the key's signature over the manifest. The keyid is empty, as in the reference."""
    if key.kind == "ed25519":
        raise Refused("model signatures are made with ECDSA keys (P-256, P-384, P-521), and this is Ed25519")
    return Bundle(_envelope(payload(manifest, name, ignored), key), hint=hint_of(key.public))


def sign_with_certificate(
    manifest: Manifest, name: str, key: PrivateKey, chain: Sequence[bytes], ignored: Sequence[str] = ()
) -> Bundle:
    """A bundle that carries the chain (DER, leaf first) of the key's certificate."""
    return Bundle(_envelope(payload(manifest, name, ignored), key), certificates=tuple(chain))


def _envelope(content: bytes, key: PrivateKey) -> Envelope:
    signature = key.sign(pre_authentication_encoding(IN_TOTO, content))
    return Envelope(IN_TOTO, content, (Signature(signature),))


def hint_of(key: PublicKey) -> str:
    """How a bundle names its key: the hex SHA-256 of the PEM text."""
    return hashlib.sha256(key.pem.encode()).hexdigest()


def verified(bundle: Bundle, key: PublicKey) -> Signed:
    """What the key signed. Raises Refused if it did not, Malformed for what is no model signature."""
    if bundle.hint and bundle.hint != hint_of(key):
        raise Refused("the bundle says that another key made it than the one given")
    if bundle.envelope.payload_type != IN_TOTO:
        raise Malformed(f"the payload is {bundle.envelope.payload_type[:80]!r}, and no statement")
    message = pre_authentication_encoding(IN_TOTO, bundle.envelope.payload)
    key.verify(bundle.envelope.signatures[0].octets, message)
    return read_signed(bundle.envelope.payload)


def read_signed(content: bytes) -> Signed:
    """What a payload lists. Raises Malformed or Unsupported."""
    statement = read_statement(content)
    if statement.predicate_type != OMS:
        raise Malformed(f"a statement of the type {statement.predicate_type[:80]!r}, and no model signature")
    if len(statement.subjects) != 1 or statement.predicate.keys() != {"serialization", "resources"}:
        raise Malformed("a model signature is about one model: a serialization and its resources")
    serialization, listed = statement.predicate["serialization"], statement.predicate["resources"]
    if not isinstance(serialization, dict) or not isinstance(listed, list):
        raise Malformed("a model signature without a serialization or resources")
    algorithm, shard_size = _method(serialization)
    resources = tuple(_resource(each, serialization, shard_size) for each in listed)
    _refuse_doubles(resources)
    root = hashlib.sha256(b"".join(bytes.fromhex(each.digest) for each in resources)).hexdigest()
    if not resources or Digest(root) != statement.subjects[0].digest:
        raise Refused("the digest of the whole is not that of the listed files")
    ignored = serialization.get("ignore_paths") or []
    if not isinstance(ignored, list) or not all(isinstance(each, str) for each in ignored):
        raise Malformed("ignore_paths is no list of paths")
    return Signed(
        name=statement.subjects[0].name,
        algorithm=algorithm,
        resources=resources,
        shard_size=shard_size,
        allows_links=serialization.get("allow_symlinks") is True,
        ignored=tuple(str(each) for each in ignored),
        statement=statement,
    )


def _method(serialization: Mapping[str, Json]) -> tuple[str, int]:
    if unknown := serialization.keys() - FIELDS:
        raise Malformed(f"a serialization with the unknown field {min(unknown)[:80]!r}")
    method, algorithm = serialization.get("method"), str(serialization.get("hash_type")).lower()
    if algorithm not in ALGORITHMS:
        raise Unsupported(f"files hashed with {algorithm[:40]!r}; Hauberk reads {', '.join(ALGORITHMS)}")
    if method == "files" and "shard_size" not in serialization:
        return algorithm, 0
    size = serialization.get("shard_size")
    # The reference writes the size through protobuf's Struct, which knows floats only.
    if method == "shards" and isinstance(size, (int, float)) and 1 <= size <= MAX_SHARD and size == int(size):
        return algorithm, int(size)
    raise Malformed(f"no method of the specification: {str(method)[:40]!r}, shard size {str(size)[:40]}")


def _resource(found: Json, serialization: Mapping[str, Json], shard_size: int) -> Resource:
    if not isinstance(found, dict) or found.keys() != {"name", "algorithm", "digest"}:
        raise Malformed("a resource is a name, an algorithm and a digest")
    name, algorithm, digest = found["name"], found["algorithm"], found["digest"]
    if not isinstance(name, str) or not isinstance(digest, str):
        raise Malformed("a resource whose name or digest is no text")
    written = str(algorithm).lower().removesuffix(f"-sharded-{shard_size}" if shard_size else "")
    if written != str(serialization.get("hash_type")).lower():
        raise Malformed(f"{name[:80]!r} is hashed with {str(algorithm)[:40]!r}, against the serialization")
    length = _digits(written)
    if len(digest) != length or not HEX.issuperset(digest):
        raise Malformed(f"{name[:80]!r} has no digest of {length} lower-case hex digits")
    return _shard(name, digest) if shard_size else Resource(_safe(name), digest)


@cache
def _digits(algorithm: str) -> int:
    """How many hex digits a digest of the algorithm has."""
    return hashlib.new(ALGORITHMS[algorithm]).digest_size * 2


def _shard(name: str, digest: str) -> Resource:
    # A file name may hold colons: the last two are the borders.
    path, _, borders = name.rpartition(":")
    path, _, start = path.rpartition(":")
    if not (path and start.isascii() and start.isdecimal() and borders.isascii() and borders.isdecimal()):
        raise Malformed(f"{name[:80]!r} is no shard: it needs path:start:end")
    return Resource(_safe(path), digest, int(start), int(borders))


def _safe(path: str) -> str:
    parts = path.split("/")
    if not path or "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise Malformed(f"{path[:80]!r} is no path inside a model")
    return path


def _refuse_doubles(resources: Sequence[Resource]) -> None:
    seen = {(each.path, each.start) for each in resources}
    if len(seen) != len(resources):
        raise Malformed("a file is listed twice")


def compare(signed: Signed, model: Path, excluded: Sequence[str] = (), links: bool = True) -> None:
    """Raises Refused where the model on disk is not what was signed: changed, missing, added."""
    files = {each.path: each for each in listed_files(model, excluded)}
    if not links and any(each.is_link for each in files.values()):
        raise Refused("the model holds links, and the signature does not allow them")
    listed = {each.path for each in signed.resources}
    if model.is_file() and len(listed) == 1:
        files = {next(iter(listed)): next(iter(files.values()))}
    _refuse_difference("is signed, but missing", listed - files.keys())
    _refuse_difference("is there, but not signed", files.keys() - listed)
    spans = [_span(each, files[each.path]) for each in signed.resources]
    if signed.shard_size:
        _refuse_holes(signed, files)
    digests = hash_spans(spans, ALGORITHMS[signed.algorithm])
    pairs = zip(signed.resources, digests, strict=True)
    _refuse_difference("was changed", {each.path for each, found in pairs if found.hex() != each.digest})


def _span(resource: Resource, file: Listed) -> Span:
    end = file.size if resource.end is None else resource.end
    if not 0 <= resource.start <= end <= file.size:
        raise Refused(f"{resource.path} was changed: it has {file.size} bytes, and {end} were signed")
    return Span(file, resource.start, end)


def _refuse_holes(signed: Signed, files: Mapping[str, Listed]) -> None:
    """The shards of a file must cover it from its first byte to its last, in steps of the size."""
    covered: dict[str, int] = dict.fromkeys(files, 0)
    for each in sorted(signed.resources, key=lambda each: (each.path, each.start)):
        end = each.end or 0
        if each.start != covered[each.path] or end - each.start > signed.shard_size:
            raise Refused(f"{each.path}: the signed stretches leave a hole or overlap at byte {each.start}")
        covered[each.path] = end
    short = {path for path, file in files.items() if covered[path] != file.size}
    _refuse_difference("is not signed to its end", short)


def _refuse_difference(what: str, paths: set[str]) -> None:
    if paths:
        told = ", ".join(sorted(paths)[:MAX_TOLD])
        more = f" and {len(paths) - MAX_TOLD} more" if len(paths) > MAX_TOLD else ""
        raise Refused(f"{told}{more} {what}")
