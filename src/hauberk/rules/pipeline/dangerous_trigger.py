"""PIP042: strangers start the workflow with the repository's own rights."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP042",
    Severity.MEDIUM,
    maps=["CWE-863", "CWE-829"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: pull_request_target\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
            b"    steps:\n      - run: make\n",
        ),
        Sample(
            ".github/workflows/a.yml",
            b"on: {workflow_run: {workflows: [x]}}\npermissions: {}\njobs:\n  a:\n"
            b"    runs-on: ubuntu-24.04\n    steps:\n      - run: make\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: pull_request\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
            b"    steps:\n      - run: make\n",
        ),
    ],
)
def dangerous_trigger(view: Pipeline) -> Iterator[Finding]:
    """Strangers start the workflow with the repository's own rights.

    Why: `pull_request_target` and `workflow_run` run with secrets and a token that writes, on events that
    anybody causes.
    Remediation: use `pull_request`; split what needs rights into a workflow that takes no code, names or
    files from strangers.
    Source: GitHub Security Lab, "Preventing pwn requests".
    """
    for each in view.triggers:
        if each.text in ("pull_request_target", "workflow_run"):
            message = f"{each.text} runs with the repository's rights on strangers' events"
            yield Finding("PIP042", Place(view.locator, line=each.line), message, each.text)
