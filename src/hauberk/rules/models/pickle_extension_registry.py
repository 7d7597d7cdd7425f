"""MDL006: The pickle takes objects from the extension registry."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.execution import Fault, execution
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pickle import PickleProgram


@rule(
    "MDL006",
    Severity.HIGH,
    maps=["CWE-502", "AML.T0011.000"],
    bad=[Sample("m.pkl", b"\x80\x02\x82\x05.")],
    good=[Sample("m.pkl", b"\x80\x02]K\x01a.")],
)
def pickle_extension_registry(program: PickleProgram) -> Iterator[Finding]:
    """The pickle takes objects from the extension registry.

    Why: what an extension code stands for is decided in the process that loads, by whatever registered
    it before; the file does not say. No library saves its models so.
    Remediation: have it saved again without extension codes.
    Source: PEP 307, "The copyreg module".
    """
    for each in execution(program).judgements:
        if each.fault is Fault.EXTENSION:
            place = Place(program.locator, each.offset)
            yield Finding("MDL006", place, each.message, each.subject, each.severity)
