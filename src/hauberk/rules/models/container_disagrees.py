"""MDL020: Two readers of this file would see different content."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.core.view import FlawKind, View


def _zip(name: str, octets: bytes, method: int = 0) -> bytes:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(name, octets)
    return out.getvalue()


def _archive() -> bytes:
    return _zip("model/data.pkl", b"\x80\x02]K\x01a.")


def _renamed() -> bytes:
    # The first of the two names is the local header's.
    return _archive().replace(b"model/data.pkl", b"model/note.txt", 1)


def _said_to_be_encrypted() -> bytes:
    octets = bytearray(_archive())
    octets[6] |= 1
    return bytes(octets)


def _wrong_checksum() -> bytes:
    return _archive().replace(b"]K\x01a.", b"]K\x02a.")


def _behind_a_pickle() -> bytes:
    return b"\x80\x02}." + _archive()


@rule(
    "MDL020",
    Severity.HIGH,
    maps=["CWE-436", "AML.T0010.003", "AML.T0076", "ML06:2023"],
    bad=[
        Sample("renamed.pt", _renamed),
        Sample("flag.pt", _said_to_be_encrypted),
        Sample("sum.pt", _wrong_checksum),
        Sample("polyglot.pt", _behind_a_pickle),
    ],
    good=[Sample("model.zip", _archive)],
)
def container_disagrees(view: View) -> Iterator[Finding]:
    """Two readers of this file would see different content.

    Why: scanners and loaders read containers with different libraries. A file that contradicts
    itself (another name in the header than in the directory, a wrong checksum, a false flag of
    encryption, two members of one name, a second file in front) lets the loader run what the
    scanner never saw.
    Remediation: do not load it; ask for a file that was written by the library itself.
    Source: APPNOTE.TXT 6.3.10 section 4.3; CVE-2025-1944; CVE-2025-1945; CVE-2025-10156.
    """
    for flaw in view.flaws:
        if flaw.kind is FlawKind.DISAGREES:
            # Numbers are offsets and lengths, which may move.
            subject = re.sub(r"\d+", "#", flaw.message)
            yield Finding("MDL020", Place(view.locator, flaw.offset), flaw.message, subject)
