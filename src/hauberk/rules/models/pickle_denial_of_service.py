"""MDL009: Loading the pickle exhausts memory or time."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.execution import execution
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pickle import PickleProgram


@rule(
    "MDL009",
    Severity.HIGH,
    maps=["CWE-400", "CWE-409", "AML.T0029", "LLM10:2025"],
    bad=[Sample("m.pkl", b"\x80\x02]r\x00\x00\x00\x40.")],
    good=[Sample("m.pkl", b"\x80\x02]r\x00\x00\x00\x00.")],
)
def pickle_denial_of_service(program: PickleProgram) -> Iterator[Finding]:
    """Loading the pickle exhausts memory or time.

    Why: a memo index, a length or a structure that holds itself makes a few bytes cost gigabytes or hours.
    Remediation: do not load it.
    Source: CPython, Modules/_pickle.c, _Unpickler_MemoPut; CWE-400.
    """
    for flaw in execution(program).flaws:
        yield Finding("MDL009", Place(program.locator, flaw.offset), flaw.message, flaw.kind.value)
