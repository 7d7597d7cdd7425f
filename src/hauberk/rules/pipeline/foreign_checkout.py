"""PIP043: strangers' code is fetched into a workflow that has the repository's own rights."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP043",
    Severity.CRITICAL,
    maps=["CWE-829", "CWE-94"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: pull_request_target\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
            b"    steps:\n      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567\n"
            b"        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: pull_request\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
            b"    steps:\n      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567\n"
            b"        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n",
        ),
    ],
)
def foreign_checkout(view: Pipeline) -> Iterator[Finding]:
    """Strangers' code is fetched into a workflow that has the repository's own rights.

    Why: its build scripts, tests or hooks run with the secrets: one pull request takes the repository.
    Remediation: build pull requests under `pull_request`; where rights are needed, take only results that
    cannot run.
    Source: GitHub Security Lab, "Preventing pwn requests"; CWE-829.
    """
    from hauberk.analysis.pipeline.workflows import foreign_checkouts

    for step, trigger in foreign_checkouts(view):
        message = f"fetches a stranger's code, in a workflow that {trigger} starts"
        yield Finding("PIP043", Place(view.locator, line=step.line), message, trigger)
