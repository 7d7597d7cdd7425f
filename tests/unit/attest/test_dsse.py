"""Keys and envelopes: only whoever signed what stands there is named."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.attest.dsse import (
    Envelope,
    Signature,
    cosign,
    envelope_json,
    pre_authentication_encoding,
    read_envelope,
    sign_payload,
    verify,
)
from hauberk.attest.keys import HASHES, PrivateKey, generate, private_pem, read_private_key, read_public_key
from hauberk.core.errors import Malformed, Refused, UnreadableAsset

KINDS = (*HASHES, "ed25519")
KEY = generate("ed25519")
OTHER = generate("ed25519")


def test_the_encoding_is_that_of_the_specification() -> None:
    # DSSE v1.0.2, protocol.md, test vector
    encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_key_signs_and_is_read_back(kind: str) -> None:
    key = read_private_key(private_pem(generate(kind), "pass"), "pass")
    public = read_public_key(key.public.pem.encode())
    envelope = read_envelope(envelope_json(sign_payload("t", b"payload", [key])))
    assert verify(envelope, [public, OTHER.public]) == {public.id}


@pytest.mark.parametrize("kind", KINDS)
def test_another_message_is_refused(kind: str) -> None:
    key = generate(kind)
    with pytest.raises(Refused, match="not by the key"):
        key.public.verify(key.sign(b"this"), b"that")


def test_a_wrong_password_and_other_algorithms_are_refused() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    with pytest.raises(Malformed, match="password"):
        read_private_key(private_pem(KEY, "right"), "wrong")
    for weak in (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256K1())):
        with pytest.raises(Malformed, match="a key of the kind"):
            read_private_key(private_pem(PrivateKey(weak, "")))  # type: ignore[arg-type]  # the point


def test_two_signatures_of_one_key_count_once() -> None:
    envelope = cosign(sign_payload("t", b"x", [KEY]), [KEY, OTHER])
    assert verify(envelope, [KEY.public, OTHER.public]) == {KEY.public.id, OTHER.public.id}
    assert verify(envelope, [KEY.public]) == {KEY.public.id}


def test_a_signature_under_another_key_s_name_does_not_count() -> None:
    signed = sign_payload("t", b"x", [KEY])
    renamed = Envelope("t", b"x", (Signature(signed.signatures[0].octets, OTHER.public.id),))
    assert verify(renamed, [KEY.public, OTHER.public]) == frozenset()


def test_a_changed_type_does_not_verify() -> None:
    signed = sign_payload("t", b"x", [KEY])
    assert verify(Envelope("u", b"x", signed.signatures), [KEY.public]) == frozenset()


@pytest.mark.parametrize(
    "change",
    [
        {"signatures": []}, {"signatures": [{"sig": ""}]}, {"signatures": [{"sig": "AA==", "x": 1}]},
        {"payload": "!"}, {"payload": 1}, {"payloadType": 1}, {"payloadType": "\u00e9"}, {"more": 1},
        {"signatures": [{"sig": "AA=="}] * 65}, {"signatures": {"sig": "AA=="}},
    ],
)  # fmt: skip
def test_what_is_no_envelope_is_refused(change: dict[str, object]) -> None:
    whole = {"payload": base64.b64encode(b"x").decode(), "payloadType": "t", "signatures": [{"sig": "AA=="}]}
    with pytest.raises(Malformed):
        read_envelope(json.dumps(whole | change).encode())


@given(st.binary(max_size=300))
def test_any_bytes_are_an_envelope_a_key_or_an_error(octets: bytes) -> None:
    for read in (read_envelope, read_private_key, read_public_key):
        try:
            read(octets)
        except UnreadableAsset:
            continue
