"""MDL005: The pickle uses a class that no policy speaks of."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.execution import Fault, execution
from hauberk.core.finding import Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import Sample, rule
from hauberk.formats.pickle import PickleProgram


@rule(
    "MDL005",
    Severity.INFO,
    maps=["CWE-502", "LLM03:2025"],
    bad=[Sample("m.pkl", b"\x80\x02csome_project.models\nNet\n)\x81}b.")],
    good=[Sample("m.pkl", b"\x80\x02]K\x01a.")],
)
def pickle_unknown_class(program: PickleProgram) -> Iterator[Gap]:
    """The pickle uses a class that no policy speaks of.

    Why: what such a class does while it is loaded is not known, so the file is neither safe nor unsafe.
    Remediation: read the class; then accept the file by its digest, or ask for safetensors.
    Source: PickleBall, arXiv:2508.15987 (a policy per library).
    """
    told: set[str] = set()
    for each in execution(program).judgements:
        if each.fault is Fault.UNKNOWN and each.subject not in told:
            told.add(each.subject)
            remedy = "read the class, then accept the file by its digest"
            yield Gap(
                Place(program.locator, each.offset), "unknown-class", each.message, remedy, rule="MDL005"
            )
