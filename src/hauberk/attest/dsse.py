"""DSSE envelopes: a payload, its type, and signatures over both.

Source: DSSE v1.0.2, protocol.md (PAE) and envelope.md.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass

from hauberk.attest.keys import PrivateKey, PublicKey
from hauberk.core.errors import Malformed, Refused
from hauberk.core.statement import Json, Statement
from hauberk.core.strict import read_json

IN_TOTO = "application/vnd.in-toto+json"
MAX_ENVELOPE = 128 << 20  # bytes
MAX_SIGNATURES = 64  # more people never had to agree
MAX_SIGNATURE = 4096  # bytes
FIELDS = {"payload", "payloadType", "signatures"}


@dataclass(frozen=True, slots=True)
class Signature:
    """Bytes over the payload and its type; `key_id` is a hint and proves nothing."""

    octets: bytes
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload and who signed it."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """What is signed: type and payload with their lengths, so that neither can reach into the other."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sign_payload(payload_type: str, payload: bytes, keys: Iterable[PrivateKey]) -> Envelope:
    """The payload, signed by each key."""
    return cosign(Envelope(payload_type, payload, ()), keys)


def sign(statement: Statement, keys: Iterable[PrivateKey]) -> Envelope:
    """The statement, signed by each key."""
    return sign_payload(IN_TOTO, statement.to_json().encode(), keys)


def cosign(envelope: Envelope, keys: Iterable[PrivateKey]) -> Envelope:
    """The same envelope with more signatures."""
    message = pre_authentication_encoding(envelope.payload_type, envelope.payload)
    more = tuple(Signature(key.sign(message), key.public.id) for key in keys)
    return Envelope(envelope.payload_type, envelope.payload, envelope.signatures + more)


def verify(envelope: Envelope, keys: Iterable[PublicKey]) -> frozenset[str]:
    """The ids of those keys that signed. One key counts once, however often it signed."""
    message = pre_authentication_encoding(envelope.payload_type, envelope.payload)
    known = {key.id: key for key in keys}
    held: set[str] = set()
    for each in envelope.signatures:
        # A hint that names a known key is taken at its word: only that key is tried.
        tried = [known[each.key_id]] if each.key_id in known else list(known.values())
        held |= {key.id for key in tried if _holds(key, each.octets, message)}
    return frozenset(held)


def _holds(key: PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except Refused:
        return False
    return True


def envelope_json(envelope: Envelope) -> bytes:
    """The envelope as JSON, in one canonical form."""
    content: dict[str, Json] = {
        "payload": base64.b64encode(envelope.payload).decode(),
        "payloadType": envelope.payload_type,
        "signatures": [
            {"keyid": each.key_id, "sig": base64.b64encode(each.octets).decode()}
            for each in envelope.signatures
        ],
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def read_envelope(octets: bytes) -> Envelope:
    """The envelope in a JSON text. Raises Malformed or OverBudget."""
    found = read_json(octets, MAX_ENVELOPE)
    if not isinstance(found, dict) or not found.keys() >= FIELDS:
        raise Malformed("no DSSE envelope: it needs payload, payloadType and signatures")
    if unknown := found.keys() - FIELDS:
        raise Malformed(f"an envelope with the unknown field {min(unknown)[:80]!r}")
    payload_type, signatures = found["payloadType"], found["signatures"]
    if not isinstance(payload_type, str) or not payload_type.isascii():
        raise Malformed("an envelope whose payloadType is no plain text")
    if not isinstance(signatures, list) or not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise Malformed(f"an envelope needs 1 to {MAX_SIGNATURES} signatures")
    return Envelope(payload_type, _octets(found["payload"]), tuple(_signature(each) for each in signatures))


def _signature(found: Json) -> Signature:
    if not isinstance(found, dict) or found.keys() - {"sig", "keyid"}:
        raise Malformed("a signature is an object of sig and keyid")
    octets, key_id = _octets(found.get("sig")), found.get("keyid", "")
    if not 1 <= len(octets) <= MAX_SIGNATURE or not isinstance(key_id, str):
        raise Malformed("a signature that is empty, too long, or has no readable keyid")
    return Signature(octets, key_id)


def _octets(text: Json) -> bytes:
    # DSSE lets readers take either alphabet of base64.
    if not isinstance(text, str) or not text.isascii():
        raise Malformed("an envelope with bytes that are no base64")
    try:
        return base64.b64decode(text.translate(str.maketrans("-_", "+/")), validate=True)
    except ValueError as error:
        raise Malformed("an envelope with bytes that are no base64") from error
