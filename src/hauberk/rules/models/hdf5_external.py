"""MDL070: HDF5 files that read other files."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.hdf5 import Hdf5File


def hdf5(messages: bytes) -> bytes:
    """The smallest HDF5 file whose root group has those messages."""
    header = b"OHDR\x02\x02" + len(messages).to_bytes(4, "little") + messages + bytes(4)
    end = (48 + len(header)).to_bytes(8, "little")
    root = (48).to_bytes(8, "little")
    return b"\x89HDF\r\n\x1a\n\x02\x08\x08\0" + bytes(8) + b"\xff" * 8 + end + root + bytes(4) + header


def link(kind: int, value: bytes) -> bytes:
    """A link message of that kind, named `x`."""
    body = b"\x01\x08" + bytes([kind]) + b"\x01x" + len(value).to_bytes(2, "little") + value
    return b"\x06" + len(body).to_bytes(2, "little") + b"\0" + body


@rule(
    "MDL070",
    Severity.HIGH,
    maps=["CWE-73", "CWE-829", "AML.T0011.000"],
    bad=[Sample("m.h5", lambda: hdf5(link(64, b"\0/etc/passwd\0/x\0")))],
    good=[Sample("m.h5", lambda: hdf5(link(1, b"/weights")))],
)
def hdf5_external(view: Hdf5File) -> Iterator[Finding]:
    """The HDF5 file takes content from other files.

    Why: external links and external storage make the library read any file that the path names, so local
    secrets become weights, and what was examined here is not what is loaded.
    Remediation: ask for one file that holds all its data (`h5repack` makes one).
    Source: HDF5 File Format Specification, IV.A.2.g and IV.A.2.h; CVE-2026-1669.
    """
    for name in view.external_links:
        yield Finding("MDL070", Place(view.locator), f"links to the file {name[:200]!r}", name)
    for name in view.external_files:
        yield Finding("MDL070", Place(view.locator), f"keeps data in the file {name[:200]!r}", name)
