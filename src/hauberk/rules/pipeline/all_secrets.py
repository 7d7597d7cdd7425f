"""PIP045: a job or workflow is handed every secret there is."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.lined_yaml import Scalar
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP045",
    Severity.MEDIUM,
    maps=["CWE-200", "CWE-522"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - run: ./x\n        env:\n          ALL: ${{ toJSON(secrets) }}\n",
        ),
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    uses: o/r/.github/workflows/x.yml@main\n"
            b"    secrets: inherit\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - run: ./x\n        env:\n          ONE: ${{ secrets.ONE }}\n",
        ),
    ],
)
def all_secrets(view: Pipeline) -> Iterator[Finding]:
    """A job or workflow is handed every secret there is.

    Why: one that needs a single secret can read all of them, and so can whatever it runs.
    Remediation: name each secret that is needed.
    Source: zizmor documentation, `secrets-inherit` and `overprovisioned-secrets`.
    """
    from hauberk.analysis.pipeline.workflows import ALL_SECRETS, expressions_in

    for job in view.jobs:
        inherited = job.node.pair("secrets")
        if inherited and isinstance(inherited.value, Scalar) and inherited.value.text == "inherit":
            yield Finding(
                "PIP045",
                Place(view.locator, line=inherited.line),
                f"{job.name} inherits all secrets",
                job.name,
            )
    for text, line in expressions_in(view):
        if ALL_SECRETS.search(text):
            yield Finding(
                "PIP045", Place(view.locator, line=line), "all secrets are put into one value", text[:80]
            )
