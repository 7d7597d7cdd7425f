"""Sigstore bundles: an envelope with what is needed to verify it.

Source: Sigstore protobuf-specs, bundle v0.3.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from hauberk.attest.dsse import Envelope, envelope_json, read_envelope
from hauberk.core.errors import Malformed
from hauberk.core.statement import Json
from hauberk.core.strict import read_json

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
# The form of the name that the same version has in older writers.
MEDIA_TYPES = {MEDIA_TYPE, "application/vnd.dev.sigstore.bundle+json;version=0.3"}
MAX_BUNDLE = 256 << 20  # bytes: the list of files of the largest folders
MAX_CERTIFICATES = 10
FIELDS = {"mediaType", "verificationMaterial", "dsseEnvelope"}
MATERIAL = {"publicKey", "x509CertificateChain", "certificate", "tlogEntries", "timestampVerificationData"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """An envelope with one signature, and either the hint of a key or a chain (DER, leaf first).

    `timestamps` are RFC 3161 tokens (DER); `log_entries` are kept as they came.
    """

    envelope: Envelope
    hint: str = ""
    certificates: tuple[bytes, ...] = ()
    timestamps: tuple[bytes, ...] = ()
    log_entries: tuple[Json, ...] = ()


def bundle_json(bundle: Bundle) -> bytes:
    """The bundle as JSON."""
    material: dict[str, Json] = {"tlogEntries": list(bundle.log_entries)}
    if bundle.certificates:
        chain: list[Json] = [{"rawBytes": base64.b64encode(each).decode()} for each in bundle.certificates]
        material["x509CertificateChain"] = {"certificates": chain}
    else:
        material["publicKey"] = {"hint": bundle.hint}
    if bundle.timestamps:
        stamps: list[Json] = [
            {"signedTimestamp": base64.b64encode(each).decode()} for each in bundle.timestamps
        ]
        material["timestampVerificationData"] = {"rfc3161Timestamps": stamps}
    content: dict[str, Json] = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": material,
        "dsseEnvelope": json.loads(envelope_json(bundle.envelope)),
    }
    return json.dumps(content, indent=1).encode() + b"\n"


def read_bundle(octets: bytes) -> Bundle:
    """The bundle in a JSON text. Raises Malformed or OverBudget."""
    found = read_json(octets, MAX_BUNDLE)
    if not isinstance(found, dict) or found.get("mediaType") not in MEDIA_TYPES:
        raise Malformed(f"no Sigstore bundle of the type {MEDIA_TYPE}")
    _refuse_unknown(found, FIELDS, "a bundle")
    material = found.get("verificationMaterial")
    if not isinstance(material, dict):
        raise Malformed("a bundle without verification material")
    _refuse_unknown(material, MATERIAL, "verification material")
    envelope = read_envelope(json.dumps(found.get("dsseEnvelope")).encode())
    if len(envelope.signatures) != 1:
        raise Malformed(f"a bundle has one signature, and this one {len(envelope.signatures)}")
    hint, certificates = _identity(material)
    return Bundle(envelope, hint, certificates, _timestamps(material), tuple(_list(material, "tlogEntries")))


def _identity(material: Mapping[str, Json]) -> tuple[str, tuple[bytes, ...]]:
    kinds = material.keys() & {"publicKey", "x509CertificateChain", "certificate"}
    if len(kinds) != 1:
        raise Malformed(f"a bundle names one kind of identity, and this one {len(kinds)}")
    if "publicKey" in kinds:
        key = material["publicKey"]
        hint = key.get("hint", "") if isinstance(key, dict) else None
        if not isinstance(hint, str):
            raise Malformed("a bundle whose key hint is no text")
        return hint, ()
    if "certificate" in kinds:
        return "", (_raw(material["certificate"], "rawBytes"),)
    chain = material["x509CertificateChain"]
    certificates = _list(chain, "certificates") if isinstance(chain, dict) else []
    if not 1 <= len(certificates) <= MAX_CERTIFICATES:
        raise Malformed(f"a chain of {len(certificates)} certificates")
    return "", tuple(_raw(each, "rawBytes") for each in certificates)


def _timestamps(material: Mapping[str, Json]) -> tuple[bytes, ...]:
    found = material.get("timestampVerificationData")
    stamps = _list(found, "rfc3161Timestamps") if isinstance(found, dict) else []
    return tuple(_raw(each, "signedTimestamp") for each in stamps)


def _list(found: Mapping[str, Json], name: str) -> list[Json]:
    value = found.get(name, [])
    if not isinstance(value, list):
        raise Malformed(f"a bundle whose {name} is no list")
    return value


def _raw(found: Json, name: str) -> bytes:
    text = found.get(name) if isinstance(found, dict) else None
    if not isinstance(text, str):
        raise Malformed(f"a bundle without {name}")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed(f"a bundle whose {name} is no base64") from error


def _refuse_unknown(found: Mapping[str, Json], known: set[str], what: str) -> None:
    if unknown := found.keys() - known:
        raise Malformed(f"{what} with the unknown field {min(unknown)[:80]!r}")
