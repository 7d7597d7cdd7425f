"""MDL004: The pickle changes a class, or what an object is."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.execution import Fault, execution
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pickle import PickleProgram


@rule(
    "MDL004",
    Severity.HIGH,
    maps=["CWE-915", "CWE-502", "AML.T0011.000"],
    bad=[Sample("m.pkl", b"\x80\x02cnumpy\ndtype\n}U\x08__init__K\x01sb.")],
    good=[Sample("m.pkl", b"\x80\x02]K\x01a.")],
)
def pickle_state_hijack(program: PickleProgram) -> Iterator[Finding]:
    """The pickle changes a class, or what an object is, through its state.

    Why: state that is set on a class instead of an object, or under names such as __class__ or
    __reduce__, replaces code that runs later, far from the file.
    Remediation: do not load it.
    Source: Python library reference, `pickle`, `object.__setstate__`; CPython, Modules/_pickle.c, load_build.
    """
    for each in execution(program).judgements:
        if each.fault is Fault.STATE:
            place = Place(program.locator, each.offset)
            yield Finding("MDL004", place, each.message, each.subject, each.severity)
