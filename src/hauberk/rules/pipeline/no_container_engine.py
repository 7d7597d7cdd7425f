"""PIP006: a job calls a container engine that its image does not have, or that no service provides."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP006",
    Severity.MEDIUM,
    maps=["CWE-754"],
    bad=[
        Sample(
            ".gitlab-ci.yml", b"scan:\n  image: aquasec/trivy:0.60.0\n  script: [docker load -i app.tar]\n"
        ),
        Sample(".gitlab-ci.yml", b"build:\n  script: [docker build -t app .]\n"),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"build:\n  image: docker:27\n  services: [docker:27-dind]\n  script: [docker build -t app .]\n",
        ),
        Sample(".gitlab-ci.yml", b"build:\n  tags: [shell-runner]\n  script: [docker build -t app .]\n"),
    ],
)
def no_container_engine(view: Pipeline) -> Iterator[Finding]:
    """A job calls a container engine that its image does not have, or that no service provides.

    Why: the job fails, or runs on a shared engine of the runner where other jobs can exchange the image.
    Remediation: build with `image: docker` and the service `docker:dind`, or without an engine (kaniko,
    buildah); let the scanner read the archive itself (`trivy image --input FILE`).
    Source: GitLab documentation, "Use Docker to build Docker images".
    """
    from hauberk.analysis.pipeline.images import missing_engines

    for job, line, why in missing_engines(view):
        yield Finding(
            "PIP006", Place(view.locator, line=line), f"{job} calls docker, {why}", f"{job} {why[:60]}"
        )
