"""MDL021: A length, count or offset in this file cannot be true."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.core.view import FlawKind, View


def _tar(size: bytes) -> bytes:
    """A tar of one empty member, whose header says that it has `size` (octal) bytes."""
    head = bytearray(512)
    for at, octets in ((0, b"weights"), (100, b"0000644\0"), (124, size), (156, b"0"), (257, b"ustar\x0000")):
        head[at : at + len(octets)] = octets
    head[148:156] = b"%06o\0 " % (sum(head) + 8 * 32)
    return bytes(head) + bytes(1024)


def _claims_too_much() -> bytes:
    return _tar(b"77777777777\0")


def _honest() -> bytes:
    return _tar(b"00000000000\0")


@rule(
    "MDL021",
    Severity.HIGH,
    maps=["CWE-130", "CWE-789", "AML.T0029", "LLM10:2025"],
    bad=[Sample("model.tar", _claims_too_much)],
    good=[Sample("model.tar", _honest)],
)
def length_lie(view: View) -> Iterator[Finding]:
    """A length, count or offset in this file cannot be true.

    Why: loaders reserve memory by what a header claims, and compute addresses from it. Lengths
    that no truncation explains crash them, or make them read and write outside their buffers.
    Remediation: do not load it; ask for the file again, and compare its digest with the author's.
    Source: CWE-130; CWE-789; CVE-2024-21802 (GGUF header lengths).
    """
    for flaw in view.flaws:
        if flaw.kind is FlawKind.LIES:
            # Numbers are offsets and lengths, which may move.
            subject = re.sub(r"\d+", "#", flaw.message)
            yield Finding("MDL021", Place(view.locator, flaw.offset), flaw.message, subject)
