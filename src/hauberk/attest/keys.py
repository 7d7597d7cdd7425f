"""Keys: ECDSA on the NIST curves and Ed25519, as PEM files.

Source: RFC 5915, RFC 8032; FIPS 186-5, section 6.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from hauberk.core.errors import Malformed, Refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        ECDSA,
        EllipticCurve,
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAX_PEM = 1 << 16  # bytes
ED25519 = "ed25519"
# Each curve with the hash of its own strength. Source: NIST SP 800-57 part 1, table 3.
HASHES = {"secp256r1": "SHA256", "secp384r1": "SHA384", "secp521r1": "SHA512"}


@dataclass(frozen=True)
class PublicKey:
    """A key that verifies. `kind` is `ed25519` or the name of a curve."""

    key: EllipticCurvePublicKey | Ed25519PublicKey = field(repr=False)
    kind: str

    @cached_property
    def der(self) -> bytes:
        """The SubjectPublicKeyInfo (RFC 5280, section 4.1)."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @cached_property
    def pem(self) -> str:
        """The SubjectPublicKeyInfo as PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @cached_property
    def id(self) -> str:
        """The hex SHA-256 of the SubjectPublicKeyInfo."""
        return hashlib.sha256(self.der).hexdigest()

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raises Refused if the signature is not this key's over the message."""
        from cryptography.exceptions import InvalidSignature

        try:
            if self.kind == ED25519:
                self.key.verify(signature, message)  # type: ignore[call-arg]  # by kind
            else:
                self.key.verify(signature, message, _ecdsa(self.kind))  # type: ignore[call-arg]  # by kind
        except InvalidSignature as error:
            raise Refused(f"the signature is not by the key {self.id[:16]} over these bytes") from error


@dataclass(frozen=True)
class PrivateKey:
    """A key that signs. Never shown, logged or written but by `private_pem`."""

    key: EllipticCurvePrivateKey | Ed25519PrivateKey = field(repr=False)
    kind: str

    @cached_property
    def public(self) -> PublicKey:
        """The half that verifies."""
        return PublicKey(self.key.public_key(), self.kind)

    def sign(self, message: bytes) -> bytes:
        """The signature: raw for Ed25519, DER for ECDSA."""
        if self.kind == ED25519:
            return self.key.sign(message)  # type: ignore[call-arg]  # by kind
        return self.key.sign(message, _ecdsa(self.kind))  # type: ignore[call-arg]  # by kind


def _ecdsa(curve: str) -> ECDSA:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA

    return ECDSA(getattr(hashes, HASHES[curve])())


def generate(kind: str = "secp256r1") -> PrivateKey:
    """A new key of the kind."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if kind == ED25519:
        return PrivateKey(Ed25519PrivateKey.generate(), kind)
    curves: dict[str, EllipticCurve] = {
        "secp256r1": ec.SECP256R1(),
        "secp384r1": ec.SECP384R1(),
        "secp521r1": ec.SECP521R1(),
    }
    return PrivateKey(ec.generate_private_key(curves[kind]), kind)


def private_pem(key: PrivateKey, password: str | None = None) -> bytes:
    """The key as PKCS #8 PEM, encrypted if a password is given."""
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)


def read_private_key(pem: bytes, password: str | None = None) -> PrivateKey:
    """The key in a PEM text. Raises Malformed for anything else, and for a wrong or missing password."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_short(pem), password.encode() if password else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Malformed(f"no private key in PEM, or another password: {error}") from error
    return PrivateKey(key, _kind(key))  # type: ignore[arg-type]  # _kind refuses the others


def read_public_key(pem: bytes) -> PublicKey:
    """The key in a PEM text. Raises Malformed for anything else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(_short(pem))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Malformed(f"no public key in PEM: {error}") from error
    return PublicKey(key, _kind(key))  # type: ignore[arg-type]  # _kind refuses the others


def _short(pem: bytes) -> bytes:
    if len(pem) > MAX_PEM:
        raise Malformed(f"{len(pem)} bytes are no key")
    return pem


def _kind(key: object) -> str:
    curve = getattr(getattr(key, "curve", None), "name", "")
    if curve in HASHES:
        return str(curve)
    if type(key).__name__.strip("_").startswith("Ed25519"):
        return ED25519
    raise Malformed(f"a key of the kind {curve or type(key).__name__}; use Ed25519 or {', '.join(HASHES)}")
