"""MDL002: The pickle calls something that it makes while it is loaded."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.execution import Fault, execution
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pickle import PickleProgram


@rule(
    "MDL002",
    Severity.CRITICAL,
    maps=["CWE-502", "CWE-470", "AML.T0011.000", "LLM03:2025"],
    bad=[Sample("m.pkl", b"\x80\x02cbuiltins\ngetattr\ncbuiltins\nstr\nU\x05lower\x86RU\x01a\x85R.")],
    good=[Sample("m.pkl", b"\x80\x02]K\x01a.")],
)
def pickle_computed_callable(program: PickleProgram) -> Iterator[Finding]:
    """The pickle calls something that it makes while it is loaded.

    Why: no library saves objects so; who computes the name or the function that is called hides it
    from everybody who only reads names.
    Remediation: do not load it.
    Source: "The Art of Hide and Seek", arXiv:2508.19774.
    """
    for each in execution(program).judgements:
        if each.fault is Fault.COMPUTED:
            place = Place(program.locator, each.offset)
            yield Finding("MDL002", place, each.message, each.subject, each.severity)
