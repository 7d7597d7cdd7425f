"""PIP009: an image is built and scanned, and never pushed anywhere, though a later job deploys it."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP009",
    Severity.MEDIUM,
    maps=["CWE-345"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"stages: [build, deploy]\nbuild:\n  stage: build\n"
            b"  script: ['docker build -t app:$CI_COMMIT_SHA .']\ndeploy:\n  stage: deploy\n"
            b"  script: ['kubectl set image deploy/app app=app:$CI_COMMIT_SHA']\n",
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"stages: [build, deploy]\nbuild:\n  stage: build\n"
            b"  script: ['docker build -t reg/app:$CI_COMMIT_SHA .', 'docker push reg/app:$CI_COMMIT_SHA']\n"
            b"deploy:\n  stage: deploy\n"
            b"  script: ['kubectl set image deploy/app app=reg/app:$CI_COMMIT_SHA']\n",
        ),
    ],
)
def image_never_pushed(view: Pipeline) -> Iterator[Finding]:
    """An image is built and scanned, and never pushed anywhere, though a later job deploys it.

    Why: what is deployed under its name then comes from somewhere else: it is not what was built and
    scanned here.
    Remediation: push the scanned image to the registry, and deploy it by the digest that the push gives.
    Source: CWE-345; SLSA 1.2, "Build track".
    """
    from hauberk.analysis.pipeline.flow import unpushed_images

    for image, line, job in unpushed_images(view):
        message = f"{image[:150]} is never pushed, and {job} deploys that name"
        yield Finding("PIP009", Place(view.locator, line=line), message, image[:150])
