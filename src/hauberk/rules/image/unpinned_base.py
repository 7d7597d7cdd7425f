"""IMG001: the image builds on one that a tag names, and a tag can be moved."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dockerfile import Dockerfile


@rule(
    "IMG001",
    Severity.LOW,
    maps=["CWE-1357", "CWE-829", "AML.T0010.004"],
    bad=[
        Sample("Dockerfile", b"FROM python:latest\n"),
        Sample("Dockerfile", b"FROM python:3.12-slim\nUSER app\n"),
        Sample("Dockerfile", b"ARG V=latest\nFROM python:$V\n"),
    ],
    good=[
        Sample(
            "Dockerfile",
            b"FROM python:3.12@sha256:00000000000000000000000000000000000000000000000000000000"
            b"00000000 AS build\n"
            b"FROM build\nCOPY --from=build /a /a\n",
        ),
        Sample("Dockerfile", b"FROM scratch\n"),
    ],
)
def unpinned_base(view: Dockerfile) -> Iterator[Finding]:
    """The image builds on one that a tag names, and a tag can be moved.

    Why: two builds of one recipe give two images; whoever can push the tag decides what is in the second.
    Remediation: name the base by digest (`image:tag@sha256:...`), and let a bot propose newer ones.
    Source: NIST SP 800-190, 4.1.5; CIS Docker Benchmark 1.6, 4.2; CWE-1357.
    """
    from hauberk.analysis.pipeline.images import Pin
    from hauberk.analysis.pipeline.recipes import bases

    for line, image, pin in bases(view):
        if pin in (Pin.TAG, Pin.LATEST):
            severity = Severity.MEDIUM if pin is Pin.LATEST else None
            yield Finding(
                "IMG001", Place(view.locator, line=line), f"{image[:150]}, {pin.value}", image[:150], severity
            )
