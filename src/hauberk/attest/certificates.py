"""Certificate chains that a signature brings, judged at the time of signing.

Nothing here asks the network: roots and revocation lists are given by the caller.
Source: RFC 5280, sections 4.2 (extensions), 6.1 (paths) and 6.3 (revocation).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from hauberk.attest.keys import PublicKey, read_public_key
from hauberk.core.errors import Malformed, Refused

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, CertificateRevocationList

MAX_PEM = 1 << 20  # bytes of certificates or revocation lists in one file
MAX_CHAIN = 10
T = TypeVar("T")
# Collisions in these are made in practice (RFC 9155; Leurent and Peyrin 2020).
WEAK_HASHES = frozenset({"md5", "sha1"})
SMALLEST_RSA = 2048  # bits (NIST SP 800-131A)


def _unreadable() -> tuple[type[Exception], ...]:
    """What the library raises for bytes that are no certificate, or one of a version that there is not."""
    from cryptography import x509

    return ValueError, x509.InvalidVersion, x509.DuplicateExtension


def chain_in(pem: bytes) -> tuple[bytes, ...]:
    """The certificates of a PEM file, in its order, as DER. Raises Malformed."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        found = x509.load_pem_x509_certificates(pem[:MAX_PEM])
    except _unreadable() as error:
        raise Malformed(f"no certificates in PEM: {error}") from error
    return tuple(each.public_bytes(Encoding.DER) for each in found)


def revocations_in(pem: bytes) -> CertificateRevocationList:
    """The revocation list of a PEM or DER file. Raises Malformed."""
    from cryptography import x509

    try:
        if pem.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_crl(pem[:MAX_PEM])
        return x509.load_der_x509_crl(pem[:MAX_PEM])
    except _unreadable() as error:
        raise Malformed(f"no revocation list: {error}") from error


def verified_key(
    chain: Sequence[bytes], roots: Sequence[bytes], lists: Sequence[CertificateRevocationList], at: datetime
) -> PublicKey:
    """The key of the chain's leaf (DER, leaf first), if the chain ends at a root and held at `at` (UTC).

    Raises Malformed, or Refused with the certificate and the reason. Where lists are given, each
    certificate below a root must be covered by one of its issuer.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    path = _path([_certificate(each) for each in chain], [_certificate(each) for each in roots])
    for below, (subject, issuer) in enumerate(pairwise(path)):
        _refuse_out_of_date(subject, at)
        _refuse_unissued(subject, issuer, below)
        if lists:
            _refuse_revoked(subject, issuer, lists, at)
    _refuse_out_of_date(path[-1], at)
    _refuse_other_purpose(path[0])
    pem = path[0].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return read_public_key(pem)


def identity_in(chain: Sequence[bytes]) -> str:
    """Whom the leaf names."""
    return _certificate(chain[0]).subject.rfc4514_string()


def _certificate(der: bytes) -> Certificate:
    from cryptography import x509

    try:
        found = x509.load_der_x509_certificate(der)
        for each in found.extensions:
            if each.critical and isinstance(each.value, x509.UnrecognizedExtension):
                raise Malformed(f"a certificate with an unknown critical extension, {each.oid.dotted_string}")
    except _unreadable() as error:
        raise Malformed(f"no certificate: {error}") from error
    return found


def _path(chain: list[Certificate], roots: list[Certificate]) -> list[Certificate]:
    """The chain with a given root at its end. A root that the bundle itself brings proves nothing."""
    if not chain or len(chain) > MAX_CHAIN:
        raise Malformed(f"a chain of {len(chain)} certificates")
    trusted = {_octets(each): each for each in roots}
    path = [each for each in chain if _octets(each) not in trusted] or chain[:1]
    issuers = [each for each in roots if each.subject == path[-1].issuer]
    for root in issuers:
        try:
            path[-1].verify_directly_issued_by(root)
        except Exception:  # noqa: S112  # any failure means that this root is not the issuer
            continue
        return [*path, root]
    raise Refused(f"the chain ends at {_name(path[-1])}, whose issuer is none of the given roots")


def _octets(certificate: Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)


def _name(certificate: Certificate) -> str:
    return certificate.subject.rfc4514_string() or f"serial {certificate.serial_number:x}"


def _refuse_out_of_date(certificate: Certificate, at: datetime) -> None:
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= at <= last:
        raise Refused(
            f"the certificate of {_name(certificate)} is valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}, "
            f"and the signature is of {at:%Y-%m-%d}"
        )


def _refuse_unissued(subject: Certificate, issuer: Certificate, below: int) -> None:
    """Raises Refused unless `issuer` may issue and did; `below` authorities stand between it and the leaf."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        subject.verify_directly_issued_by(issuer)
    except (InvalidSignature, TypeError, ValueError, x509.InvalidVersion) as error:
        raise Refused(f"{_name(issuer)} did not issue the certificate of {_name(subject)}") from error
    if subject.signature_hash_algorithm and subject.signature_hash_algorithm.name in WEAK_HASHES:
        raise Refused(
            f"the certificate of {_name(subject)} is signed with {subject.signature_hash_algorithm.name}"
        )
    if (getattr(issuer.public_key(), "key_size", SMALLEST_RSA) < SMALLEST_RSA) and _is_rsa(issuer):
        raise Refused(f"the key of {_name(issuer)} is too short")
    constraints = _extension(issuer, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        raise Refused(f"{_name(issuer)} is no certificate authority")
    if constraints.path_length is not None and below > constraints.path_length:
        raise Refused(f"{_name(issuer)} may not stand that far above a leaf")
    usage = _extension(issuer, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise Refused(f"the key of {_name(issuer)} may not sign certificates")


def _is_rsa(certificate: Certificate) -> bool:
    return type(certificate.public_key()).__name__.startswith("RSA")


def _extension(certificate: Certificate, kind: type[T]) -> T | None:
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(kind).value  # type: ignore[type-var]
    except x509.ExtensionNotFound:
        return None


def _refuse_other_purpose(leaf: Certificate) -> None:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    usage = _extension(leaf, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        raise Refused(f"the key of {_name(leaf)} may not sign: key usage lacks digitalSignature")
    purposes = _extension(leaf, x509.ExtendedKeyUsage)
    if purposes is None or ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        raise Refused(f"the certificate of {_name(leaf)} is not for code signing")
    constraints = _extension(leaf, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise Refused(f"{_name(leaf)} is an authority, and signs no models")


def _refuse_revoked(
    subject: Certificate, issuer: Certificate, lists: Sequence[CertificateRevocationList], at: datetime
) -> None:
    own = [each for each in lists if each.issuer == issuer.subject]
    if not own:
        raise Refused(f"no revocation list of {_name(issuer)} was given")
    for each in own:
        if not each.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]  # any kind that signs
            raise Refused(f"the revocation list of {_name(issuer)} is not signed by it")
        if each.next_update_utc is None or each.next_update_utc < at:
            raise Refused(f"the revocation list of {_name(issuer)} is out of date")
        entry = each.get_revoked_certificate_by_serial_number(subject.serial_number)
        if entry is not None and entry.revocation_date_utc <= at:
            raise Refused(
                f"the certificate of {_name(subject)} was revoked on {entry.revocation_date_utc:%Y-%m-%d}"
            )
