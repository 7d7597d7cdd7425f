"""MDL007: The pickle walks from attribute to attribute."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.execution import Fault, execution
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pickle import PickleProgram


@rule(
    "MDL007",
    Severity.HIGH,
    maps=["CWE-502", "CWE-470", "AML.T0011.000"],
    bad=[Sample("m.pkl", b"\x80\x04\x8c\x08somelib_\x8c\x09os.system\x93\x8c\x04true\x85R.")],
    good=[Sample("m.pkl", b"\x80\x02]K\x01a.")],
)
def pickle_attribute_walk(program: PickleProgram) -> Iterator[Finding]:
    """The pickle walks from attribute to attribute to what it uses.

    Why: since protocol 4 a name may have dots, and lead from any module to the modules that it imports.
    Remediation: do not load it, unless you know whose nested class this is.
    Source: PEP 3154, "Serializing more callable objects".
    """
    for each in execution(program).judgements:
        if each.fault is Fault.ATTRIBUTE:
            place = Place(program.locator, each.offset)
            yield Finding("MDL007", place, each.message, each.subject, each.severity)
