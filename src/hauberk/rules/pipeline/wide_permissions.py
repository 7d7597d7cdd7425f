"""PIP041: a workflow's token may do more than its jobs say that they need."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP041",
    Severity.LOW,
    maps=["CWE-269", "CWE-250"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - run: make\n",
        ),
        Sample(
            ".github/workflows/a.yml",
            b"on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - run: make\n",
        ),
        Sample(
            ".github/workflows/a.yml",
            b"on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    permissions:\n"
            b"      contents: read\n    steps:\n      - run: make\n",
        ),
    ],
)
def wide_permissions(view: Pipeline) -> Iterator[Finding]:
    """A workflow's token may do more than its jobs say that they need.

    Why: one action or script that turns bad can push code, change releases or read what is private.
    Remediation: write `permissions: {}` for the workflow, and give each job what it needs.
    Source: GitHub documentation, "Assigning permissions to jobs"; CWE-269.
    """
    from hauberk.analysis.pipeline.workflows import wide_permissions

    for line, message, is_granted in wide_permissions(view):
        severity = Severity.HIGH if is_granted else None
        yield Finding("PIP041", Place(view.locator, line=line), message, message[:100], severity)
