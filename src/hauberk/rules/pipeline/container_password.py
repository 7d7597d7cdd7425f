"""PIP053: the password of a registry stands in the workflow."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP053",
    Severity.HIGH,
    maps=["CWE-798"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    container:\n      image: x/y@$DIGEST\n"
            b"      credentials: {username: me, password: hunter2}\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    container:\n      image: x/y@$DIGEST\n"
            b'      credentials: {username: me, password: "${{ secrets.P }}"}\n',
        ),
    ],
)
def container_password(view: Pipeline) -> Iterator[Finding]:
    """The password of a registry stands in the workflow.

    Why: whoever reads the repository can take images from it, or put others there.
    Remediation: give it as a secret.
    Source: CWE-798.
    """
    from hauberk.analysis.pipeline.workflows import container_credentials

    for line, name in container_credentials(view):
        yield Finding("PIP053", Place(view.locator, line=line), f"{name} has the password in the file", name)
