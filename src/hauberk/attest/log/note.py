"""Signed notes: a text and lines of signatures under it, by Ed25519 keys that carry a name.

Source: C2SP signed-note (and its section on verifier keys), C2SP tlog-cosignature; RFC 8032.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from hauberk.core.errors import Malformed, Refused

ED25519 = 1
COSIGNATURE = 4  # Ed25519 over the text and the time
KEY_BYTES = 32
SIGNATURE_BYTES = 64
ID_BYTES = 4
MAX_NOTE = 1 << 20  # bytes
MAX_SIGNATURES = 64  # lines: a log, its old keys and its witnesses
PRIVATE = "PRIVATE+KEY+"
NAME = re.compile(r"[^\s+]{1,255}")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A key that verifies. `kind` is ED25519 (logs) or COSIGNATURE (witnesses)."""

    name: str
    kind: int
    octets: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell signatures apart; a hint, no proof."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.octets).digest()[
            :ID_BYTES
        ]

    def text(self) -> str:
        """The key as people copy it (vkey)."""
        key = base64.b64encode(bytes([self.kind]) + self.octets).decode()
        return f"{self.name}+{self.id.hex()}+{key}"

    def is_signer(self, signature: bytes, message: bytes) -> bool:
        """Whether the signature is this key's over the message."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.octets).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """A key that signs. Written only by `private_text`."""

    key: NoteKey
    seed: bytes = field(repr=False)

    def signature(self, message: bytes) -> bytes:
        """The 64 bytes over the message."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    def private_text(self) -> str:
        """The key as it is kept, in the form of Go's sumdb/note."""
        return f"{PRIVATE}{self.key.name}+{self.key.id.hex()}+{_base64(bytes([self.key.kind]) + self.seed)}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One line under a note."""

    name: str
    key_id: bytes
    octets: bytes

    def line(self) -> str:
        """The line, with its newline."""
        return f"— {self.name} {_base64(self.key_id + self.octets)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text (with its last newline) and what stands under it."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(each.line() for each in self.signatures)}"


def signer_of(name: str, kind: int, seed: bytes) -> NoteSigner:
    """The signer with this 32-byte seed. Raises Malformed for a name that notes cannot carry."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not NAME.fullmatch(name) or CONTROL.search(name):
        raise Malformed(f"{name[:80]!r} is no name for a key: no spaces, no plus")
    if kind not in (ED25519, COSIGNATURE) or len(seed) != KEY_BYTES:
        raise Malformed("only Ed25519 keys of 32 bytes sign notes")
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return NoteSigner(NoteKey(name, kind, public), seed)


def new_signer(name: str, kind: int = ED25519) -> NoteSigner:
    """A signer with a new key."""
    import secrets

    return signer_of(name, kind, secrets.token_bytes(KEY_BYTES))


def read_key(text: str) -> NoteKey:
    """The key in a vkey. Raises Malformed."""
    name, key_id, octets = _key_parts(text.strip())
    key = NoteKey(name, octets[0], octets[1:])
    if key.id.hex() != key_id:
        raise Malformed(f"the key of {name[:80]!r} has another id than it says")
    return key


def read_signer(text: str) -> NoteSigner:
    """The signer in a private key text. Raises Malformed, and never repeats what it read."""
    text = text.strip()
    if not text.startswith(PRIVATE):
        raise Malformed(f"no private key for notes: it begins with {PRIVATE}")
    name, key_id, octets = _key_parts(text.removeprefix(PRIVATE))
    signer = signer_of(name, octets[0], octets[1:])
    if signer.key.id.hex() != key_id:
        raise Malformed(f"the private key of {name[:80]!r} has another id than it says")
    return signer


def _key_parts(text: str) -> tuple[str, str, bytes]:
    # The key itself is base64 and may hold a plus; name and id cannot.
    name, _, rest = text.partition("+")
    key_id, _, key = rest.partition("+")
    if len(text) > MAX_NOTE or not NAME.fullmatch(name) or not re.fullmatch(r"[0-9a-f]{8}", key_id):
        raise Malformed("no key for notes: it reads NAME+ID+BASE64")
    octets = octets_of(key, 1 + KEY_BYTES)
    if octets[0] not in (ED25519, COSIGNATURE):
        raise Malformed(f"a key of the kind {octets[0]}, and only Ed25519 (1, and 4 for witnesses) is known")
    return name, key_id, octets


def sign_note(text: str, signers: Iterable[NoteSigner]) -> Note:
    """The text, signed by each signer of the kind ED25519."""
    return Note(
        text,
        tuple(NoteSignature(each.key.name, each.key.id, each.signature(text.encode())) for each in signers),
    )


def cosign_note(note: Note, signer: NoteSigner, at: int) -> Note:
    """The note with a witness's signature over it and the time `at` (seconds since 1970)."""
    octets = at.to_bytes(8) + signer.signature(_cosigned(note.text, at))
    added = NoteSignature(signer.key.name, signer.key.id, octets)
    kept = tuple(each for each in note.signatures if (each.name, each.key_id) != (added.name, added.key_id))
    return Note(note.text, (*kept, added))


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def verify_note(note: Note, key: NoteKey) -> bool:
    """Whether the key signed the note.

    Raises Refused where a signature bears the key's name and id and is not its own: somebody forged it.
    """
    found = [each for each in note.signatures if (each.name, each.key_id) == (key.name, key.id)]
    for each in found:
        if not _holds(note.text, each.octets, key):
            raise Refused(f"the signature of {key.name} under the checkpoint is not its own")
    return bool(found)


def _holds(text: str, octets: bytes, key: NoteKey) -> bool:
    if key.kind == ED25519:
        return len(octets) == SIGNATURE_BYTES and key.is_signer(octets, text.encode())
    at = int.from_bytes(octets[:8])
    is_whole = len(octets) == 8 + SIGNATURE_BYTES and at < 1 << 63
    return is_whole and key.is_signer(octets[8:], _cosigned(text, at))


def read_note(octets: bytes) -> Note:
    """The note in a text. Raises Malformed; who signed it is `verify_note`'s to say."""
    if len(octets) > MAX_NOTE:
        raise Malformed(f"{len(octets)} bytes are no note")
    try:
        content = octets.decode("utf-8")
    except UnicodeError as error:
        raise Malformed("a note that is not UTF-8") from error
    if CONTROL.search(content):
        raise Malformed("a note with control characters")
    text, empty, lines = content.rpartition("\n\n")
    if not empty or not lines.endswith("\n"):
        raise Malformed("no note: a text, an empty line, and lines of signatures")
    signatures = tuple(_signature(each) for each in lines[:-1].split("\n"))
    if len(signatures) > MAX_SIGNATURES:
        raise Malformed(f"a note with {len(signatures)} signatures")
    return Note(text + "\n", signatures)


def _signature(line: str) -> NoteSignature:
    dash, name, key = [*line.split(" "), "", ""][:3]
    if dash != "—" or line.count(" ") != 2 or not NAME.fullmatch(name):
        raise Malformed("a line under a note that is no signature")
    octets = octets_of(key)
    if len(octets) <= ID_BYTES:
        raise Malformed("a signature that is too short")
    return NoteSignature(name, octets[:ID_BYTES], octets[ID_BYTES:])


def octets_of(text: str, length: int | None = None) -> bytes:
    """The bytes in canonical base64, `length` of them. Raises Malformed."""
    try:
        found = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Malformed("bytes that are no base64") from error
    if _base64(found) != text or (length is not None and len(found) != length):
        raise Malformed("bytes in base64 of another length or form than they must have")
    return found


def whole_number(text: str) -> int:
    """The number in decimal, without leading zeroes, below 2^63. Raises Malformed."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text) or int(text) >= 1 << 63:
        raise Malformed(f"{text[:40]!r} is no whole number below 2^63")
    return int(text)


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
