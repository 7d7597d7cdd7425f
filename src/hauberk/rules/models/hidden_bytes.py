"""MDL025: This file holds bytes that its structure does not account for."""

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


def _appended() -> bytes:
    return _zip("config.json", b"{}") + b"MZ payload"


def _padded() -> bytes:
    return _zip("config.json", b"{}") + bytes(64)


@rule(
    "MDL025",
    Severity.MEDIUM,
    maps=["CWE-506", "AML.T0010.003", "AML.T0074"],
    bad=[Sample("model.zip", _appended)],
    good=[Sample("model.zip", _padded)],
)
def hidden_bytes(view: View) -> Iterator[Finding]:
    """This file holds bytes that its structure does not account for.

    Why: nothing that reads the format looks at such bytes, so they are where a second file, a
    payload for another program or stolen content is kept.
    Remediation: write the file anew with its own library, and ask its author what the bytes were.
    Source: CWE-506; MITRE ATT&CK T1027.009, embedded payloads.
    """
    for flaw in view.flaws:
        if flaw.kind is FlawKind.HIDDEN:
            # Numbers are offsets and lengths, which may move.
            subject = re.sub(r"\d+", "#", flaw.message)
            yield Finding("MDL025", Place(view.locator, flaw.offset), flaw.message, subject)
