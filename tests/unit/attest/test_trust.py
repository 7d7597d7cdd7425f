"""Trust: thresholds, rotation and revocation hold, and nobody hands over what is not theirs."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest

from hauberk.attest.dsse import envelope_json, sign_payload
from hauberk.attest.keys import PrivateKey, generate
from hauberk.attest.trust import (
    PAYLOAD_TYPE,
    Revocation,
    Role,
    Trust,
    document,
    follow,
    read_trust,
    write_trust,
)
from hauberk.attest.trust_source import trust_from
from hauberk.core.errors import BadSettings, HauberkError, Malformed, Refused

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROOTS = [generate("ed25519") for _ in range(3)]
CI = generate("ed25519")


def trust(version: int = 1, roots: list[PrivateKey] = ROOTS, threshold: int = 2) -> Trust:
    keys = [key.public for key in (*roots, CI)]
    return Trust(
        version=version,
        expires=NOW + timedelta(days=90),
        keys={key.id: key for key in keys},
        names={key.id: f"key {number}" for number, key in enumerate(keys)},
        roles={
            "root": Role(frozenset(key.public.id for key in roots), threshold),
            "release": Role(frozenset([CI.public.id]), 1),
        },
    )


def test_what_is_written_is_read_back() -> None:
    assert document(read_trust(write_trust(trust(), ROOTS[:2]), NOW)) == document(trust())


def test_too_few_roots_are_refused() -> None:
    with pytest.raises(Refused, match="signed by 1 of its own root keys, and 2 are needed"):
        read_trust(write_trust(trust(), ROOTS[:1]), NOW)


def test_one_root_signing_twice_is_still_one() -> None:
    with pytest.raises(Refused, match="signed by 1"):
        read_trust(write_trust(trust(), [ROOTS[0], ROOTS[0]]), NOW)


def test_an_expired_trust_file_is_refused() -> None:
    with pytest.raises(Refused, match="expired on 2026-08-30"):
        read_trust(write_trust(trust(), ROOTS), NOW + timedelta(days=91))


def test_the_old_root_hands_over_to_the_new_one() -> None:
    new = [generate("ed25519"), ROOTS[0]]
    following = write_trust(trust(2, new), [*new, *ROOTS])
    assert follow(trust(), following, NOW).version == 2


def test_a_new_root_cannot_take_over() -> None:
    thieves = [generate("ed25519") for _ in range(2)]
    with pytest.raises(Refused, match="root keys of version 1"):
        follow(trust(), write_trust(trust(2, thieves), thieves), NOW)


@pytest.mark.parametrize("version", [1, 3, 0])
def test_versions_are_neither_repeated_nor_skipped(version: int) -> None:
    with pytest.raises(Refused, match="does not follow"):
        follow(trust(), write_trust(trust(version), ROOTS), NOW)


def test_a_revoked_key_counts_only_for_what_is_proven_older() -> None:
    revoked = dataclasses.replace(trust(), revoked={CI.public.id: Revocation(NOW, "stolen")})
    held = read_trust(write_trust(revoked, ROOTS), NOW)
    assert not held.counts(CI.public.id, None)
    assert not held.counts(CI.public.id, NOW)
    assert held.counts(CI.public.id, NOW - timedelta(seconds=1))
    assert not held.counts("0" * 64, None)


def test_a_revoked_root_key_does_not_sign_the_next_version() -> None:
    revoked = dataclasses.replace(trust(), revoked={ROOTS[0].public.id: Revocation(NOW, "stolen")})
    with pytest.raises(Refused, match="signed by 1"):
        follow(revoked, write_trust(dataclasses.replace(revoked, version=2), ROOTS[:2]), NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "x"}, {"version": "1"}, {"version": True}, {"expires": "soon"}, {"more": 1}, {"roles": {}},
        {"roles": {"root": {"keys": [], "threshold": 0}}}, {"keys": {"00": {"name": "x", "pem": "x"}}},
        {"roles": {"root": {"keys": ["00"], "threshold": 1}}}, {"logs": [1]}, {"revoked": {"a": {}}},
    ],
)  # fmt: skip
def test_what_is_no_trust_document_is_refused(change: dict[str, object]) -> None:
    payload = json.dumps(json.loads(document(trust())) | change).encode()
    with pytest.raises(Malformed):
        read_trust(envelope_json(sign_payload(PAYLOAD_TYPE, payload, ROOTS)), NOW)


SOURCE = """
version = 1
expires = 2026-12-31T00:00:00Z
keys = { root = "root.pem", ci = "ci.pem" }
[roles]
root = { keys = ["root"], threshold = 1 }
release = { keys = ["ci"] }
[revoked]
ci = { at = 2026-05-01T00:00:00Z, reason = "left" }
"""


def read(name: str) -> bytes:
    return {"root.pem": ROOTS[0], "ci.pem": CI}[name].public.pem.encode()


def test_people_write_names() -> None:
    found = trust_from(SOURCE, read)
    assert found.roles["release"] == Role(frozenset([CI.public.id]), 1)
    assert found.names[CI.public.id] == "ci"
    assert found.revoked[CI.public.id].reason == "left"


@pytest.mark.parametrize(
    "change",
    [
        ('"root"]', '"toor"]'), ("threshold = 1", "threshold = 2"), ("version = 1", "version = 'x'"),
        ("expires = 2026-12-31T00:00:00Z", "expires = 2026-12-31"), ("root = {", "tree = {"),
        ("[roles]", "[rules]"),
        ("[revoked]", "[[revoked]]"), ("version = 1", "version = "), ('reason = "left"', ""),
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_is_named(change: tuple[str, str]) -> None:
    with pytest.raises((BadSettings, HauberkError)):
        trust_from(SOURCE.replace(*change), read)
