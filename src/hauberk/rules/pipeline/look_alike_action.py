"""PIP056: an action's name is almost that of a well-known one."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP056",
    Severity.HIGH,
    maps=["CWE-1357", "CWE-829"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: action/checkout@0123456789abcdef0123456789abcdef01234567\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: actions/cache@0123456789abcdef0123456789abcdef01234567\n",
        ),
    ],
)
def look_alike_action(view: Pipeline) -> Iterator[Finding]:
    """An action's name is almost that of a well-known one.

    Why: a slip of the finger runs somebody else's code with the job's rights.
    Remediation: write the well-known name, or pin the other one once you know it.
    Source: Orca Security, "GitHub Actions typosquatting", 2024; CWE-1357.
    """
    from hauberk.analysis.pipeline.workflows import look_alikes

    for uses, other in look_alikes(view):
        yield Finding(
            "PIP056", Place(view.locator, line=uses.said.line), f"{uses.name} looks like {other}", uses.name
        )
