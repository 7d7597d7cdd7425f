"""IMG007: a notebook server starts without token and password."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dockerfile import Dockerfile


@rule(
    "IMG007",
    Severity.HIGH,
    maps=["CWE-862", "CWE-284"],
    bad=[
        Sample("Dockerfile", b'FROM x\nCMD ["jupyter", "lab", "--ServerApp.token=\'\'", "--ip=0.0.0.0"]\n'),
    ],
    good=[
        Sample("Dockerfile", b'FROM x\nCMD ["jupyter", "lab", "--ip=0.0.0.0"]\n'),
    ],
)
def open_notebook(view: Dockerfile) -> Iterator[Finding]:
    """A notebook server starts without token and password.

    Why: whoever reaches the port runs code in the container, with its data and keys.
    Remediation: leave the token on, or put an authenticating proxy in front.
    Source: Jupyter Server documentation, "Security in the Jupyter Server"; CWE-862.
    """
    from hauberk.analysis.pipeline.recipes import open_notebooks

    for line, what in open_notebooks(view):
        yield Finding("IMG007", Place(view.locator, line=line), f"is given {what}", what)
