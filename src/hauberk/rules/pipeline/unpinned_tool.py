"""PIP057: an action installs a program in whatever version is newest."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP057",
    Severity.LOW,
    maps=["CWE-1357", "CWE-829"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: aquasecurity/setup-trivy@0123456789abcdef0123456789abcdef01234567\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: aquasecurity/setup-trivy@0123456789abcdef0123456789abcdef01234567\n"
            b"        with:\n          version: v0.60.0\n",
        ),
    ],
)
def unpinned_tool(view: Pipeline) -> Iterator[Finding]:
    """An action installs a program in whatever version is newest.

    Why: the action is pinned, and what it fetches is not: a taken-over release runs in the job on its
    first day.
    Remediation: give the version.
    Source: zizmor documentation, `unpinned-tools`; CWE-1357.
    """
    from hauberk.analysis.pipeline.workflows import unpinned_tools

    for each in unpinned_tools(view):
        yield Finding("PIP057", Place(view.locator, line=each.line), each.message, each.subject)
