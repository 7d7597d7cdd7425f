"""PIP046: a part of a secret is taken out of it, which the log does not mask."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP046",
    Severity.MEDIUM,
    maps=["CWE-532"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - run: ./x\n        env:\n          USER: ${{ fromJSON(secrets.ALL).user }}\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - run: ./x\n        env:\n          USER: ${{ secrets.USER_NAME }}\n",
        ),
    ],
)
def unredacted_secret(view: Pipeline) -> Iterator[Finding]:
    """A part of a secret is taken out of it, which the log does not mask.

    Why: masking knows the whole secret only: its parts are written in the clear.
    Remediation: store each part as a secret of its own.
    Source: zizmor documentation, `unredacted-secrets`; CWE-532.
    """
    from hauberk.analysis.pipeline.workflows import UNREDACTED, expressions_in

    for text, line in expressions_in(view):
        if UNREDACTED.search(text):
            yield Finding("PIP046", Place(view.locator, line=line), "a secret is taken apart", text[:80])
