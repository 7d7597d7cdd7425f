"""PIP031: a job that strangers can start runs on a machine of one's own."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP031",
    Severity.LOW,
    maps=["CWE-284", "CWE-269"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: pull_request\npermissions: {}\njobs:\n  a:\n    runs-on: [self-hosted, gpu]\n"
            b"    steps: [{run: make}]\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: [self-hosted, gpu]\n"
            b"    steps: [{run: make}]\n",
        ),
    ],
)
def self_hosted_runner(view: Pipeline) -> Iterator[Finding]:
    """A job that strangers can start runs on a machine of one's own.

    Why: the machine outlives the job: code of a pull request stays on it and meets the next job's
    secrets.
    Remediation: use machines that are thrown away after each job, and let strangers' pull requests wait
    for approval.
    Source: GitHub documentation, "Self-hosted runner security".
    """
    from hauberk.analysis.pipeline.workflows import STRANGERS_START

    strangers = {each.text for each in view.triggers} & {*STRANGERS_START, "pull_request", "pr"}
    for job in view.jobs:
        own = next((each for each in job.runner if each.text == "self-hosted"), None)
        if own and strangers:
            message = f"{job.name} runs on a machine of one's own, and {sorted(strangers)[0]} starts it"
            yield Finding("PIP031", Place(view.locator, line=own.line), message, job.name)
