"""Notes and keys: what is read is what was written, and everything else is refused."""

from __future__ import annotations

import pytest

from hauberk.attest.log.checkpoint import Checkpoint, read_checkpoint, sign_checkpoint
from hauberk.attest.log.note import (
    COSIGNATURE,
    ED25519,
    Note,
    NoteSignature,
    cosign_note,
    new_signer,
    read_key,
    read_note,
    read_signer,
    sign_note,
    signer_of,
    verify_note,
)
from hauberk.attest.log.proof import read_proof
from hauberk.attest.log.tiles import bundle_of, read_bundle, read_tile
from hauberk.core.errors import Malformed, OverBudget, Refused

SIGNER = signer_of("example.org/log", ED25519, bytes(range(32)))
GOOD = str(sign_checkpoint(Checkpoint("example.org/log", 5, b"\1" * 32), SIGNER))


@pytest.mark.parametrize("kind", [ED25519, COSIGNATURE])
def test_keys_are_read_as_they_were_written(kind: int) -> None:
    signer = new_signer("example.org/a", kind)
    assert read_key(signer.key.text()) == signer.key
    assert read_signer(signer.private_text()) == signer
    assert signer.private_text().split("+")[-1] not in repr(signer)
    assert str(signer.seed) not in repr(signer)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a+b+c",
        "a+00000000+AAAA",
        SIGNER.key.text()[:-4],
        SIGNER.key.text().replace("log", "lag"),
        "a b" + SIGNER.key.text(),
        "+" + SIGNER.key.text(),
        "x" * 300 + SIGNER.key.text(),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_key(text)
    with pytest.raises(Malformed) as told:
        read_signer("PRIVATE+KEY+" + text)
    assert SIGNER.private_text()[-20:] not in str(told.value)


def test_a_name_that_a_note_cannot_carry_makes_no_key() -> None:
    for name in ("", "a b", "a+b", "a\nb", "a\u00a0b", "a\x01b", "x" * 256):
        with pytest.raises(Malformed):
            new_signer(name)


def test_a_note_is_read_as_it_was_written() -> None:
    note = sign_note("some\n\ntext\n", [SIGNER, new_signer("é")])
    assert read_note(str(note).encode()) == note
    assert verify_note(note, SIGNER.key)
    assert not verify_note(note, new_signer("example.org/log").key)


def test_one_bad_signature_of_a_known_key_spoils_the_note() -> None:
    note = sign_note("text\n", [SIGNER])
    forged = NoteSignature(SIGNER.key.name, SIGNER.key.id, bytes(64))
    for spoilt in (Note("text\n", (*note.signatures, forged)), Note("text2\n", note.signatures)):
        with pytest.raises(Refused):
            verify_note(spoilt, SIGNER.key)


def test_a_cosignature_with_another_time_is_forged() -> None:
    witness = new_signer("witness.example", COSIGNATURE)
    note = cosign_note(sign_note("text\n", []), witness, 1000)
    assert verify_note(note, witness.key)
    line = note.signatures[0]
    for octets in ((1001).to_bytes(8) + line.octets[8:], line.octets[8:], b"\xff" + line.octets[1:]):
        with pytest.raises(Refused):
            verify_note(Note(note.text, (NoteSignature(line.name, line.key_id, octets),)), witness.key)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\xff",
        GOOD.encode()[:-1],
        GOOD.replace("\n\n", "\n").encode(),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("— ", "- ").encode(),
        GOOD.encode() + b"\n",
        GOOD.encode() + GOOD.split("\n\n")[1].encode() * 100,
        GOOD.replace("\n5\n", "\n05\n").encode(),
        GOOD.replace("\n5\n", "\n-5\n").encode(),
        GOOD.replace("\n5\n", "\n0\n").encode(),
        GOOD.replace("\n5\n", "\n9223372036854775808\n").encode(),
        GOOD.replace("\n5\n", "\n" + "9" * 5000 + "\n").encode(),
        GOOD.replace("\n5\n", "\n٥\n").encode(),
        GOOD.replace("AQE=", "AQF=").encode(),
        GOOD.replace("AQE=", "").encode(),
        GOOD.replace("AQE=", "AQE=\n\nx").encode(),
        b"x" * (2 << 20),
    ],
)
def test_what_is_no_checkpoint_is_refused(octets: bytes) -> None:
    with pytest.raises(Malformed):
        read_checkpoint(octets)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\xff\n\n",
        b"c2sp.org/tlog-proof@v1\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 01\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n",
        b"c2sp.org/tlog-proof@v2\nindex 1\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 1\n" + b"A" * 43 + b"=\n" + (b"A" * 43 + b"=\n") * 70 + b"\n",
        b"x" * (2 << 20),
    ],
)
def test_what_is_no_proof_is_refused(octets: bytes) -> None:
    with pytest.raises(Malformed):
        read_proof(octets)


def test_the_opaque_line_of_a_proof_is_passed_over() -> None:
    text = f"c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\n\n{GOOD}"
    assert (read_proof(text.encode()).index, read_proof(text.encode()).checkpoint) == (0, GOOD)


def test_bundles_are_read_as_they_were_written() -> None:
    for entries in ([], [b""], [b"a", b"", b"x" * 65535], [b"x"] * 256):
        assert read_bundle(bundle_of(entries)) == entries
    with pytest.raises(OverBudget):
        bundle_of([b"x" * 65536])
    for octets in (b"\0", b"\0\2a", bundle_of([b"x"] * 257)):
        with pytest.raises(Malformed):
            read_bundle(octets)
    with pytest.raises(OverBudget):
        read_bundle(bytes(1 << 25))
    for octets in (bytes(31), bytes(32 * 257)):
        with pytest.raises(Malformed):
            read_tile(octets)
