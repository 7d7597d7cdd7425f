"""PIP055: an action is no longer maintained by anybody."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP055",
    Severity.LOW,
    maps=["CWE-1104"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: actions/setup-ruby@0123456789abcdef0123456789abcdef01234567\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: ruby/setup-ruby@0123456789abcdef0123456789abcdef01234567\n",
        ),
    ],
)
def archived_action(view: Pipeline) -> Iterator[Finding]:
    """An action is no longer maintained by anybody.

    Why: its faults stay, and runtimes that it needs go away.
    Remediation: change to its successor.
    Source: CWE-1104.
    """
    from hauberk.analysis.pipeline.workflows import archived

    for each in archived(view):
        yield Finding(
            "PIP055", Place(view.locator, line=each.said.line), f"{each.name} is archived", each.name
        )
