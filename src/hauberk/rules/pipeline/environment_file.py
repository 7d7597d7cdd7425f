"""PIP047: a step sets variables of later steps from what is not fixed."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP047",
    Severity.MEDIUM,
    maps=["CWE-94", "CWE-74"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: pull_request_target\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
            b'    steps:\n      - run: echo "TITLE=$(cat title)" >> $GITHUB_ENV\n',
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: pull_request_target\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
            b'    steps:\n      - run: echo "A=1" >> $GITHUB_ENV\n',
        ),
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b'      - run: echo "A=$B" >> $GITHUB_ENV\n',
        ),
    ],
)
def environment_file(view: Pipeline) -> Iterator[Finding]:
    """A step sets variables of later steps from what is not fixed.

    Why: a line break in the text sets further variables (`LD_PRELOAD`, `PATH`), and so runs code in later
    steps.
    Remediation: hand values over as outputs (`GITHUB_OUTPUT`), and check them first.
    Source: GitHub Security Lab, "Untrusted input"; zizmor documentation, `github-env`.
    """
    from hauberk.analysis.pipeline.workflows import environment_writes

    for each in environment_writes(view):
        yield Finding("PIP047", Place(view.locator, line=each.line), each.message, each.subject)
