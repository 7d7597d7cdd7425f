"""IMG002: the image runs its program as root."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dockerfile import Dockerfile


@rule(
    "IMG002",
    Severity.MEDIUM,
    maps=["CWE-250", "CWE-269"],
    bad=[
        Sample("Dockerfile", b'FROM python:3.12\nCMD ["python"]\n'),
        Sample("Dockerfile", b"FROM python:3.12\nUSER app\nUSER root\n"),
    ],
    good=[
        Sample("Dockerfile", b"FROM python:3.12\nUSER app\n"),
        Sample("Dockerfile", b"FROM python:3.12 AS a\nUSER app\nFROM a\n"),
        Sample("Dockerfile", b"FROM gcr.io/distroless/python3:nonroot\n"),
    ],
)
def runs_as_root(view: Dockerfile) -> Iterator[Finding]:
    """The image runs its program as root.

    Why: a fault in the service is then root in the container, and one more fault is root on the machine.
    Remediation: create a user and switch to it in the last stage (`USER 10001`).
    Source: CIS Docker Benchmark 1.6, 4.1; NIST SP 800-190, 4.4.3; CWE-250.
    """
    from hauberk.analysis.pipeline.recipes import final_user

    found = final_user(view)
    if found:
        line, user = found
        message = f"its last USER is {user}" if user else "no USER is named, so that it runs as root"
        # Many honest images say nothing of a user; who writes root has decided so.
        severity = None if user else Severity.LOW
        yield Finding("IMG002", Place(view.locator, line=line), message, "user", severity)
