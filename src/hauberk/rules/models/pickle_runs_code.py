"""MDL001: What the pickle imports or calls runs commands or code."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.execution import Fault, execution
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pickle import PickleProgram


@rule(
    "MDL001",
    Severity.CRITICAL,
    maps=["CWE-502", "AML.T0011.000", "AML.T0018.002", "LLM03:2025", "ML06:2023"],
    bad=[
        Sample("m.pkl", b"\x80\x02cposix\nsystem\nU\x04true\x85R."),
        Sample("m.bin", b"(S'true'\nios\nsystem\n."),
    ],
    good=[
        Sample("m.pkl", b"\x80\x02]K\x01a."),
        Sample("t.pkl", b"\x80\x04\x8c\x08datetime\x8c\x04date\x93M\xea\x07K\x01K\x02\x87R."),
    ],
)
def pickle_runs_code(program: PickleProgram) -> Iterator[Finding]:
    """The pickle imports or calls what runs commands or code.

    Why: unpickling imports what a pickle names and calls what it says, so loading this file runs its
    author's code with the rights of whoever loads it.
    Remediation: do not load it; ask for safetensors, or for the training code.
    Source: Python library reference, `pickle`, first warning.
    """
    for each in execution(program).judgements:
        if each.fault is Fault.RUNS:
            place = Place(program.locator, each.offset)
            yield Finding("MDL001", place, each.message, each.subject, each.severity)
