"""Chains: judged at the time of signing, to a root that the caller gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import example, given
from hypothesis import strategies as st

from hauberk.attest.certificates import chain_in, revocations_in, verified_key
from hauberk.core.errors import HauberkError, Malformed, Refused, UnreadableAsset

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
TLS = (ExtendedKeyUsageOID.SERVER_AUTH,)


@dataclass(frozen=True)
class Wish:
    """What a certificate shall say."""

    name: str
    is_authority: bool = False
    path_length: int | None = None
    first: datetime = NOW - 30 * DAY
    last: datetime = NOW + 30 * DAY
    signs: bool = True
    purposes: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.CODE_SIGNING,)
    critical: x509.ExtensionType | None = None


@dataclass(frozen=True)
class Held:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def issue(wish: Wish, by: Held | None = None) -> Held:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(wish.name))
        .issuer_name(by.certificate.subject if by else named(wish.name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(wish.first)
        .not_valid_after(wish.last)
        .add_extension(x509.BasicConstraints(wish.is_authority, wish.path_length), critical=True)
        .add_extension(
            x509.KeyUsage(
                wish.signs and not wish.is_authority, False, False, False, False,
                wish.signs and wish.is_authority, True, False, False,
            ),
            critical=True,
        )
    )  # fmt: skip
    if wish.purposes and not wish.is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage(wish.purposes), critical=False)
    if wish.critical:
        builder = builder.add_extension(wish.critical, critical=True)
    return Held(builder.sign(by.key if by else key, hashes.SHA256()), key)


ROOT = issue(Wish("root", is_authority=True, last=NOW + 900 * DAY, first=NOW - 900 * DAY))
MIDDLE = issue(Wish("middle", is_authority=True, path_length=0), ROOT)
LEAF = issue(Wish("leaf"), MIDDLE)


def check(chain: list[Held], at: datetime = NOW, roots: list[Held] | None = None, lists: tuple = ()) -> str:
    key = verified_key([each.der for each in chain], [each.der for each in roots or [ROOT]], lists, at)
    return key.id


def test_a_chain_gives_the_key_of_its_leaf() -> None:
    from hauberk.attest.keys import PublicKey

    assert check([LEAF, MIDDLE]) == PublicKey(LEAF.key.public_key(), "secp256r1").id
    assert check([LEAF, MIDDLE, ROOT]) == check([LEAF, MIDDLE])


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        (lambda: [issue(replace(Wish("old"), last=NOW - DAY), MIDDLE), MIDDLE], "is valid from"),
        (lambda: [issue(replace(Wish("early"), first=NOW + DAY), MIDDLE), MIDDLE], "is valid from"),
        (lambda: [issue(replace(Wish("tls"), purposes=TLS), MIDDLE), MIDDLE], "code signing"),
        (lambda: [issue(replace(Wish("any"), purposes=()), MIDDLE), MIDDLE], "code signing"),
        (lambda: [issue(replace(Wish("mute"), signs=False), MIDDLE), MIDDLE], "digitalSignature"),
        (lambda: [issue(Wish("under a leaf"), LEAF), LEAF, MIDDLE], "no certificate authority"),
        (lambda: [issue(Wish("deep"), m := issue(Wish("m", True), MIDDLE)), m, MIDDLE], "that far above"),
        (lambda: [issue(Wish("x"), m := issue(Wish("m", True, signs=False), ROOT)), m], "may not sign"),
        (lambda: [LEAF], "none of the given roots"),
        (lambda: [issue(Wish("self"))], "none of the given roots"),
        (lambda: [issue(Wish("leaf")), MIDDLE], "did not issue"),
        (lambda: [MIDDLE], "digitalSignature"),
    ],
)  # fmt: skip
def test_a_chain_that_does_not_hold_is_refused(chain: Callable[[], list[Held]], said: str) -> None:
    with pytest.raises(Refused, match=said):
        check(chain())


def test_a_root_in_the_bundle_proves_nothing() -> None:
    thief = issue(Wish("root", is_authority=True))
    with pytest.raises(Refused, match="none of the given roots"):
        check([issue(Wish("leaf"), thief), thief])


def test_the_time_of_signing_decides() -> None:
    leaf = issue(replace(Wish("short"), last=NOW - DAY), MIDDLE)
    assert check([leaf, MIDDLE], NOW - 2 * DAY)
    with pytest.raises(Refused, match="the signature is of 2026-06-01"):
        check([leaf, MIDDLE])


def revocations(
    by: Held, *revoked: tuple[Held, datetime], until: datetime = NOW + DAY, name: str = ""
) -> bytes:
    builder = x509.CertificateRevocationListBuilder().last_update(NOW - 9 * DAY).next_update(until)
    builder = builder.issuer_name(named(name) if name else by.certificate.subject)
    for held, at in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(held.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(at).build())
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def test_a_revoked_certificate_is_refused_from_that_day_on() -> None:
    lists = tuple(
        revocations_in(each) for each in (revocations(MIDDLE, (LEAF, NOW - DAY)), revocations(ROOT))
    )
    assert check([LEAF, MIDDLE], NOW - 2 * DAY, lists=lists)
    with pytest.raises(Refused, match="was revoked on 2026-05-31"):
        check([LEAF, MIDDLE], lists=lists)


@pytest.mark.parametrize(
    ("of_middle", "said"),
    [
        (lambda: revocations(MIDDLE, until=NOW - DAY), "out of date"),
        (lambda: revocations(LEAF, name="middle"), "not signed by it"),
        (lambda: revocations(ROOT), "no revocation list of CN=middle"),
    ],
)
def test_a_list_that_does_not_hold_is_refused(of_middle: Callable[[], bytes], said: str) -> None:
    lists = tuple(revocations_in(each) for each in (of_middle(), revocations(ROOT)))
    with pytest.raises(Refused, match=said):
        check([LEAF, MIDDLE], lists=lists)


def test_an_unknown_critical_extension_is_refused() -> None:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    with pytest.raises(Malformed, match="critical extension"):
        check([issue(replace(Wish("odd"), critical=odd), MIDDLE), MIDDLE])


@given(st.integers(0, len(LEAF.der) - 1), st.integers(0, 7))
@example(11, 0)  # the version
def test_a_flipped_bit_never_gives_another_key(at: int, bit: int) -> None:
    der = bytearray(LEAF.der)
    der[at] ^= 1 << bit
    with pytest.raises(HauberkError):
        verified_key([bytes(der), MIDDLE.der], [ROOT.der], (), NOW)


@given(st.binary(max_size=200))
def test_any_bytes_are_certificates_or_an_error(octets: bytes) -> None:
    for read in (chain_in, revocations_in, lambda der: verified_key([der], [ROOT.der], (), NOW)):
        try:
            read(octets)
        except (UnreadableAsset, Refused):
            continue
