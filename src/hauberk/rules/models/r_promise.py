"""MDL083: R objects that evaluate code when they are used."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.r_serialisation import RObject

HEADER = b"X\n\0\0\0\2\0\4\3\1\0\2\3\0"


def symbol(name: bytes) -> bytes:
    """A serialised symbol."""
    return b"\0\0\0\1\0\4\0\x09" + len(name).to_bytes(4, "big") + name


def call(name: bytes) -> bytes:
    """A serialised call without arguments."""
    return b"\0\0\0\6" + symbol(name) + b"\0\0\0\xfe"


# A promise of the global environment without a value: the proof of concept of the CVE.
UNFORCED = HEADER + b"\0\0\4\5\0\0\0\xfd\0\0\0\xfc" + call(b"system")
FORCED = HEADER + b"\0\0\4\5\0\0\0\xfd\0\0\0\xfe" + call(b"sum")


@rule(
    "MDL083",
    Severity.CRITICAL,
    maps=["CWE-502", "AML.T0011.000", "LLM03:2025"],
    bad=[Sample("m.rds", UNFORCED)],
    good=[Sample("m.rds", FORCED), Sample("m.rds", HEADER + call(b"sum"))],
)
def r_promise(view: RObject) -> Iterator[Finding]:
    """The R object is a promise: its code runs when the loaded value is first used.

    Why: R evaluates a promise without a value as soon as somebody looks at it, even to print it.
    Remediation: do not load the file; ask for the model in a format without code.
    Source: CVE-2024-27322.
    """
    for each in view.promises:
        if not each.is_forced and not each.is_in_environment:
            names = ", ".join(each.calls[:8])
            yield Finding("MDL083", Place(view.locator), f"a promise without value calls {names}", names)
