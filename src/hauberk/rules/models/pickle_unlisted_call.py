"""MDL003: The pickle calls a function that no saved object needs."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.execution import Fault, execution
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pickle import PickleProgram


@rule(
    "MDL003",
    Severity.HIGH,
    maps=["CWE-502", "AML.T0011.000", "LLM03:2025"],
    bad=[Sample("m.pkl", b"\x80\x02cnumpy\nclip\nK\x01K\x02K\x03\x87R.")],
    good=[Sample("m.pkl", b"\x80\x02]K\x01a.")],
)
def pickle_unlisted_call(program: PickleProgram) -> Iterator[Finding]:
    """The pickle calls a function that no saved object of its library needs.

    Why: libraries save their objects through a few reconstructors. Any other function of theirs, or a
    reconstructor with arguments of another shape, is there for what it does on the way.
    Remediation: find out who wrote the file, and have it saved again by the library itself.
    Source: PickleBall, arXiv:2508.15987.
    """
    for each in execution(program).judgements:
        if each.fault is Fault.UNLISTED:
            place = Place(program.locator, each.offset)
            yield Finding("MDL003", place, each.message, each.subject, each.severity)
