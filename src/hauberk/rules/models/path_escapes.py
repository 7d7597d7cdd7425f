"""MDL024: A path in this file leaves the folder it belongs in."""

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


def _climbs() -> bytes:
    return _zip("../../.bashrc", b"true\n")


def _stays() -> bytes:
    return _zip("model/../model/config.json", b"{}")


@rule(
    "MDL024",
    Severity.HIGH,
    maps=["CWE-22", "CWE-59", "AML.T0010.003", "AML.T0011.000"],
    bad=[Sample("model.zip", _climbs)],
    good=[Sample("model.zip", _stays)],
)
def path_escapes(view: View) -> Iterator[Finding]:
    """A path in this file leaves the folder it belongs in.

    Why: unpacking an archive with absolute paths, `..` or links out of it writes where its author
    likes, such as a start-up file or an installed package; external data so named reads any file.
    Remediation: do not unpack it; ask for an archive whose paths stay inside.
    Source: CWE-22; CVE-2007-4559 (tarfile); CVE-2024-27318 (ONNX external data).
    """
    for flaw in view.flaws:
        if flaw.kind is FlawKind.ESCAPES:
            # Numbers are offsets and lengths, which may move.
            subject = re.sub(r"\d+", "#", flaw.message)
            yield Finding("MDL024", Place(view.locator, flaw.offset), flaw.message, subject)
