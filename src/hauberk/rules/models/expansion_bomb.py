"""MDL022: This file expands to far more than its size explains."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.core.view import FlawKind, View


def _bomb() -> bytes:
    """160 MiB of zeros in 160 KiB."""
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    return b"".join(packer.compress(zeros) for _ in range(160)) + packer.flush()


def _honest() -> bytes:
    import gzip

    return gzip.compress(b'{"a": 1}' * 1000)


@rule(
    "MDL022",
    Severity.HIGH,
    maps=["CWE-409", "AML.T0029", "LLM10:2025"],
    bad=[Sample("model.json.gz", _bomb)],
    good=[Sample("config.json.gz", _honest)],
)
def expansion_bomb(view: View) -> Iterator[Finding]:
    """This file expands to far more than its size explains.

    Why: a few kilobytes that become gigabytes exhaust the memory or the disk of whoever loads or
    scans them; scanners that stop early are then told that the rest is clean.
    Remediation: do not unpack it; ask for the weights uncompressed.
    Source: CWE-409; "A better zip bomb", USENIX WOOT 2019.
    """
    for flaw in view.flaws:
        if flaw.kind is FlawKind.BOMB:
            # Numbers are offsets and lengths, which may move.
            subject = re.sub(r"\d+", "#", flaw.message)
            yield Finding("MDL022", Place(view.locator, flaw.offset), flaw.message, subject)
