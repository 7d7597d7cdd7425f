"""PIP008: deployments by a tag of what another job built and scanned."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP008",
    Severity.HIGH,
    maps=["CWE-367", "CWE-494", "AML.T0010.004"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"stages: [build, deploy]\nbuild:\n  stage: build\n"
            b"  script: ['docker build -t reg/app:$CI_COMMIT_SHA .', 'docker push reg/app:$CI_COMMIT_SHA']\n"
            b"deploy:\n  stage: deploy\n"
            b"  script: ['kubectl set image deploy/app app=reg/app:$CI_COMMIT_SHA']\n",
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"stages: [build, deploy]\nbuild:\n  stage: build\n"
            b"  script: ['docker build -t reg/app:$CI_COMMIT_SHA .', 'docker push reg/app:$CI_COMMIT_SHA']\n"
            b"deploy:\n  stage: deploy\n"
            b"  script: ['kubectl set image deploy/app app=reg/app@$IMAGE_DIGEST']\n",
        ),
    ],
)
def deploys_by_tag(view: Pipeline) -> Iterator[Finding]:
    """What is deployed is named by a tag, and not by the digest that was scanned.

    Why: a tag can be moved between scan and deployment, so that an image runs that nobody looked at.
    Remediation: take the digest when the image is pushed (`docker inspect --format '{{index .RepoDigests
    0}}'`), scan that, and deploy `image@sha256:...`.
    Source: CWE-367; SLSA 1.2, "Verifying artifacts"; NIST SP 800-190, 4.1.5.
    """
    from hauberk.analysis.pipeline.gates import deployed_references, has_scan, is_deploy_job
    from hauberk.analysis.pipeline.tools import names_digest

    is_gated = any(has_scan(job) for job in view.jobs)
    for job in view.jobs:
        if not is_deploy_job(job):
            continue
        tag = next((each for each in deployed_references(view, job) if not names_digest(each.text)), None)
        if tag:
            shown = tag.text[:150]
            message = f"{job.name} deploys {shown}, a tag and not the digest that was scanned"
            # Without a scan there is nothing yet that somebody could get around.
            severity = None if is_gated else Severity.LOW
            yield Finding(
                "PIP008", Place(view.locator, line=tag.line), message, f"{job.name} {shown}", severity
            )
