"""IMG006: the image offers a port for remote logins or for its engine."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dockerfile import Dockerfile


@rule(
    "IMG006",
    Severity.MEDIUM,
    maps=["CWE-284"],
    bad=[
        Sample("Dockerfile", b"FROM x\nEXPOSE 22\n"),
    ],
    good=[
        Sample("Dockerfile", b"FROM x\nEXPOSE 8080/tcp\n"),
    ],
)
def remote_login(view: Dockerfile) -> Iterator[Finding]:
    """The image offers a port for remote logins or for its engine.

    Why: a container needs no second door: it is a way around the log and the orchestrator's rights.
    Remediation: take the server out, and use the orchestrator's exec.
    Source: NIST SP 800-190, 4.1.3; CIS Docker Benchmark 1.6, 5.6.
    """
    from hauberk.analysis.pipeline.recipes import exposed_logins

    for line, what in exposed_logins(view):
        yield Finding("IMG006", Place(view.locator, line=line), f"exposes {what}", what)
