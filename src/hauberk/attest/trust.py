"""Trust: whose signatures count, for what, and until when; signed, versioned, rotated like a TUF root.

A trust file is a DSSE envelope over the JSON document that `Trust` mirrors. The first one is pinned by
naming it; each later one must be signed by enough root keys of the one before and of its own.
Source: The Update Framework specification 1.0.33, sections 5.3 (root rotation) and 6.1 (thresholds).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hauberk.attest.dsse import Envelope, envelope_json, read_envelope, sign_payload, verify
from hauberk.attest.keys import PrivateKey, PublicKey, read_public_key
from hauberk.attest.predicates import read_time, time_text
from hauberk.core.errors import Malformed, Refused
from hauberk.core.statement import Json
from hauberk.core.strict import read_json

TRUST_TYPE = "https://hauberk.dev/trust/v1"
PAYLOAD_TYPE = "application/vnd.hauberk.trust+json"
ROOT = "root"
MAX_TRUST = 4 << 20  # bytes: thousands of keys
FIELDS = {"type", "version", "expires", "keys", "roles", "revoked", "logs"}


@dataclass(frozen=True, slots=True)
class Role:
    """Keys (ids) that may speak, and how many of them must."""

    keys: frozenset[str]
    threshold: int


@dataclass(frozen=True, slots=True)
class Revocation:
    """Since when a key does not count any more, and why."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """A transparency log by its note key (vkey), and how many of which witnesses must have signed."""

    key: str
    witnesses: tuple[str, ...] = ()
    threshold: int = 0


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signatures count. Keys are known by id; `names` are what people call them."""

    version: int
    expires: datetime
    keys: Mapping[str, PublicKey]
    names: Mapping[str, str]
    roles: Mapping[str, Role]
    revoked: Mapping[str, Revocation] = field(default_factory=dict)
    logs: tuple[TrustedLog, ...] = ()

    def counts(self, signer: str, signed_at: datetime | None) -> bool:
        """Whether a signature of this key counts: it is known, and was made, provably, before the key
        was revoked if it was."""
        revoked = self.revoked.get(signer)
        is_earlier = revoked is not None and signed_at is not None and signed_at < revoked.at
        return signer in self.keys and (revoked is None or is_earlier)

    def speakers(self, role: str, signers: Iterable[str]) -> frozenset[str]:
        """Those of the signers that may speak for the role."""
        return self.roles[role].keys & frozenset(signers) if role in self.roles else frozenset()

    def holds(self, role: str, signers: Iterable[str]) -> bool:
        """Whether enough of the role's keys have signed."""
        return role in self.roles and len(self.speakers(role, signers)) >= self.roles[role].threshold


def read_trust(octets: bytes, now: datetime) -> Trust:
    """The trust in a file that the user named. Raises Refused where its own root does not stand for it."""
    trust, envelope = _read(octets)
    _refuse_unsigned(trust, envelope, "its own root keys")
    if trust.expires <= now:
        raise Refused(f"the trust file expired on {time_text(trust.expires)}; get the next version")
    return trust


def follow(current: Trust, octets: bytes, now: datetime) -> Trust:
    """The next version, if the current root hands over to it. Raises Refused if not."""
    following, envelope = _read(octets)
    if following.version != current.version + 1:
        raise Refused(
            f"version {following.version} of the trust file does not follow version {current.version}"
        )
    _refuse_unsigned(current, envelope, f"the root keys of version {current.version}")
    return read_trust(octets, now)


def _refuse_unsigned(trust: Trust, envelope: Envelope, whose: str) -> None:
    role = trust.roles[ROOT]
    keys = {each: trust.keys[each] for each in role.keys if each not in trust.revoked}
    found = verify(envelope, keys.values())
    if len(found) < role.threshold:
        raise Refused(f"the trust file is signed by {len(found)} of {whose}, and {role.threshold} are needed")


def write_trust(trust: Trust, keys: Iterable[PrivateKey]) -> bytes:
    """The trust file, signed by the keys."""
    return envelope_json(sign_payload(PAYLOAD_TYPE, document(trust), list(keys)))


def document(trust: Trust) -> bytes:
    """The JSON under the signatures."""
    import json

    shape = {
        "type": TRUST_TYPE,
        "version": trust.version,
        "expires": time_text(trust.expires),
        "keys": {id: {"name": trust.names.get(id, ""), "pem": key.pem} for id, key in trust.keys.items()},
        "roles": {
            name: {"keys": sorted(role.keys), "threshold": role.threshold}
            for name, role in trust.roles.items()
        },
        "revoked": {
            id: {"at": time_text(each.at), "reason": each.reason} for id, each in trust.revoked.items()
        },
        "logs": [
            {"key": each.key, "witnesses": list(each.witnesses), "threshold": each.threshold}
            for each in trust.logs
        ],
    }
    return json.dumps(shape, sort_keys=True, indent=1, ensure_ascii=False).encode()


def _read(octets: bytes) -> tuple[Trust, Envelope]:
    envelope = read_envelope(octets)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise Malformed(f"no trust file: its payload is {envelope.payload_type[:80]!r}")
    found = read_json(envelope.payload, MAX_TRUST)
    if not isinstance(found, dict) or found.get("type") != TRUST_TYPE or found.keys() - FIELDS:
        raise Malformed(f"no trust document of the type {TRUST_TYPE}")
    keys, names = _keys(_object(found, "keys"))
    trust = Trust(
        version=_number(found, "version"),
        expires=_time(found, "expires"),
        keys=keys,
        names=names,
        roles={name: _role(name, each, keys) for name, each in _object(found, "roles").items()},
        revoked={id: _revocation(each) for id, each in _object(found, "revoked").items()},
        logs=tuple(_log(each) for each in _list(found, "logs")),
    )
    if ROOT not in trust.roles:
        raise Malformed("a trust document without a root role")
    return trust, envelope


def _keys(found: Mapping[str, Json]) -> tuple[dict[str, PublicKey], dict[str, str]]:
    keys, names = {}, {}
    for id, each in found.items():
        key = read_public_key(_text(each, "pem").encode())
        if key.id != id:
            raise Malformed(f"the key {id[:16]!r} is listed under another id than its own, {key.id[:16]}")
        keys[id], names[id] = key, _text(each, "name")
    return keys, names


def _role(name: str, found: Json, keys: Mapping[str, PublicKey]) -> Role:
    ids = _list(found, "keys")
    role = Role(frozenset(str(each) for each in ids), _number(found, "threshold"))
    if len(role.keys) != len(ids) or not 1 <= role.threshold <= len(role.keys):
        raise Malformed(f"the role {name[:40]!r} cannot be filled: {role.threshold} of {len(role.keys)} keys")
    if unknown := role.keys - keys.keys():
        raise Malformed(f"the role {name[:40]!r} names the key {min(unknown)[:16]!r}, which is not listed")
    return role


def _revocation(found: Json) -> Revocation:
    return Revocation(_time(found, "at"), _text(found, "reason"))


def _log(found: Json) -> TrustedLog:
    witnesses = tuple(str(each) for each in _list(found, "witnesses"))
    return TrustedLog(_text(found, "key"), witnesses, _number(found, "threshold"))


def _field(found: Json, name: str) -> Json:
    if not isinstance(found, dict):
        raise Malformed(f"a trust document in which {name} has no object around it")
    return found.get(name)


def _text(found: Json, name: str) -> str:
    value = _field(found, name)
    if not isinstance(value, str):
        raise Malformed(f"a trust document whose {name} is no text")
    return value


def _number(found: Json, name: str) -> int:
    value = _field(found, name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Malformed(f"a trust document whose {name} is no whole number")
    return value


def _time(found: Json, name: str) -> datetime:
    moment = read_time(_text(found, name))
    if moment is None:
        raise Malformed(f"a trust document whose {name} is no time in RFC 3339")
    return moment


def _list(found: Json, name: str) -> list[Json]:
    value = _field(found, name)
    if not isinstance(value, list):
        raise Malformed(f"a trust document whose {name} is no list")
    return value


def _object(found: Json, name: str) -> dict[str, Json]:
    value = _field(found, name)
    if not isinstance(value, dict):
        raise Malformed(f"a trust document whose {name} is no object")
    return value
