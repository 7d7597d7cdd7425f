"""MDL008: The pickle ends before its end."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.execution import execution
from hauberk.core.finding import Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import Sample, rule
from hauberk.formats.pickle import PickleProgram


@rule(
    "MDL008",
    Severity.INFO,
    maps=["CWE-20"],
    bad=[Sample("m.pkl", b"\x80\x02]K\x01")],
    good=[Sample("m.pkl", b"\x80\x02]K\x01a.")],
)
def pickle_unfinished(program: PickleProgram) -> Iterator[Gap]:
    """The pickle ends before its end, or goes on beyond what is examined.

    Why: what stands before the break would have run, and was examined; what follows was not.
    Remediation: fetch the file again, and compare its digest with its source's.
    Source: CPython, Modules/_pickle.c, bad_readline.
    """
    found = execution(program)
    if found.broken:
        reason = "over-budget" if found.is_spent else "malformed"
        place = Place(program.locator, found.broken_at)
        yield Gap(place, reason, f"the pickle breaks off: {found.broken}", rule="MDL008")
