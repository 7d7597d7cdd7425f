"""PIP044: a checkout leaves the job's token in the folder that it fetched."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP044",
    Severity.LOW,
    maps=["CWE-522"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567\n"
            b"        with:\n          persist-credentials: false\n",
        ),
    ],
)
def kept_credentials(view: Pipeline) -> Iterator[Finding]:
    """A checkout leaves the job's token in the folder that it fetched.

    Why: later steps, and artifacts that pack the folder, can take the token.
    Remediation: give `persist-credentials: false`.
    Source: zizmor documentation, `artipacked`; actions/checkout, README.
    """
    from hauberk.analysis.pipeline.workflows import kept_credentials

    for each in kept_credentials(view):
        yield Finding(
            "PIP044",
            Place(view.locator, line=each.line),
            "the token stays in .git/config",
            each.uses.text if each.uses else "",
        )
