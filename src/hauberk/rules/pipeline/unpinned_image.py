"""PIP001: a job runs in an image that a tag names, and a tag can be moved."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP001",
    Severity.LOW,
    maps=["CWE-829", "CWE-494", "AML.T0010.004", "LLM03:2025"],
    bad=[
        Sample(
            ".gitlab-ci.yml", b"scan:\n  image: aquasec/trivy:latest\n  script: [trivy fs --exit-code 1 .]\n"
        ),
        Sample(".gitlab-ci.yml", b"scan:\n  image:\n    name: python:3.12\n  script: [pytest]\n"),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"scan:\n"
            b"  image: python:3.12@sha256:0000000000000000000000000000000000000000000000000000000000000000\n"
            b"  script: [pytest]\n",
        ),
        Sample(
            ".gitlab-ci.yml", b"scan:\n  image: $CI_REGISTRY_IMAGE/build@$BUILD_DIGEST\n  script: [pytest]\n"
        ),
    ],
)
def unpinned_image(view: Pipeline) -> Iterator[Finding]:
    """A job runs in an image that a tag names, and a tag can be moved.

    Why: whoever can push to the registry, or to its upstream, runs code in the job, with its secrets; 75
    tags of one scanner's action and its newest images were replaced in March 2026.
    Remediation: name the image by digest (`image:tag@sha256:...`), and let a bot propose newer ones.
    Source: CWE-829; GHSA-69fq-xp46-6x23; CIS Software Supply Chain Security Guide 1.0, 2.3.7.
    """
    from hauberk.analysis.pipeline.images import Pin, images_in, pin_of

    told: set[tuple[str, int]] = set()
    for job, image in images_in(view):
        pin = pin_of(image.text, view)
        # An image that every job inherits is told once, where it is written.
        if pin in (Pin.DIGEST, Pin.UNKNOWN) or (image.text, image.line) in told:
            continue
        told.add((image.text, image.line))
        message = f"{job} runs in {image.text[:200]}, {pin.value}"
        severity = Severity.MEDIUM if pin is Pin.LATEST else None
        yield Finding("PIP001", Place(view.locator, line=image.line), message, image.text[:200], severity)
