"""MDL023: This file nests deeper than any honest file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.core.view import FlawKind, View


def _nested(times: int) -> bytes:
    import gzip

    octets = b"{}"
    for _ in range(times):
        octets = gzip.compress(octets)
    return octets


def _deep() -> bytes:
    return _nested(12)


def _honest() -> bytes:
    return _nested(2)


@rule(
    "MDL023",
    Severity.MEDIUM,
    maps=["CWE-674", "AML.T0029", "LLM10:2025"],
    bad=[Sample("model.gz", _deep)],
    good=[Sample("model.gz", _honest)],
)
def nested_too_deep(view: View) -> Iterator[Finding]:
    """This file nests deeper than any honest file.

    Why: parsers that recurse run out of stack, and scanners stop before the innermost layer,
    which is where a payload would be.
    Remediation: unpack it by hand in a sandbox, or ask for the file without its wrappings.
    Source: CWE-674.
    """
    for flaw in view.flaws:
        if flaw.kind is FlawKind.DEEP:
            # Numbers are offsets and lengths, which may move.
            subject = re.sub(r"\d+", "#", flaw.message)
            yield Finding("MDL023", Place(view.locator, flaw.offset), flaw.message, subject)
