"""PIP010: the pipeline builds an image and deploys it, and nothing is signed or verified in between."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP010",
    Severity.MEDIUM,
    maps=["CWE-347", "CWE-345", "AML.M0013", "AML.M0014"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"stages: [build, deploy]\nbuild:\n  stage: build\n"
            b"  script: ['docker build -t reg/app:1 .']\ndeploy:\n  stage: deploy\n"
            b"  script: ['kubectl set image deploy/app app=reg/app:1']\n",
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"stages: [build, deploy]\nbuild:\n  stage: build\n"
            b"  script: ['docker build -t reg/app:1 .', 'cosign sign reg/app@$DIGEST']\ndeploy:\n"
            b"  stage: deploy\n"
            b"  script: ['cosign verify reg/app@$DIGEST', 'kubectl set image deploy/app app=re"
            b"g/app@$DIGEST']\n",
        ),
    ],
)
def unsigned_release(view: Pipeline) -> Iterator[Finding]:
    """The pipeline builds an image and deploys it, and nothing is signed or verified in between.

    Why: the deployment cannot tell an image that passed the gate from one that somebody pushed: no
    signature, no attestation, no bill of materials ties them together.
    Remediation: sign the digest after the gate (`cosign sign`, `hauberk sign`), and let the deploying job
    verify it first (`cosign verify`, `hauberk gate`).
    Source: SLSA 1.2, "Build track", L2; CWE-347; NIST SP 800-204D.
    """
    from hauberk.analysis.pipeline.flow import unsigned_release
    from hauberk.analysis.pipeline.gates import has_scan

    found = unsigned_release(view)
    if found:
        message = (
            f"{found.name} deploys what the pipeline built, without a signature, attestation or verification"
        )
        # Who has a gate wants it to count; elsewhere it is one of several things that are missing.
        severity = None if any(has_scan(job) for job in view.jobs) else Severity.LOW
        yield Finding("PIP010", Place(view.locator, line=found.line), message, found.name, severity)
