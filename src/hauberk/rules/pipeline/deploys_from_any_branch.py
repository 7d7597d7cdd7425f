"""PIP011: the deploying job runs for every branch, and names no environment that could be protected."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP011",
    Severity.MEDIUM,
    maps=["CWE-862", "CWE-284"],
    bad=[
        Sample(".gitlab-ci.yml", b"deploy:\n  stage: deploy\n  script: [kubectl apply -f k8s/]\n"),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"deploy:\n  stage: deploy\n  environment: production\n"
            b"  script: [kubectl apply -f k8s/]\n  rules:\n"
            b"    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n",
        ),
        Sample(".gitlab-ci.yml", b"docs:\n  stage: deploy-docs\n  script: [mkdocs build]\n"),
    ],
)
def deploys_from_any_branch(view: Pipeline) -> Iterator[Finding]:
    """The deploying job runs for every branch, and names no environment that could be protected.

    Why: whoever may push a branch deploys it: no review, no approval, no protected branch stands before
    production.
    Remediation: limit the job to the protected branch (`rules: - if: $CI_COMMIT_BRANCH ==
    $CI_DEFAULT_BRANCH`), and give it a protected `environment`.
    Source: GitLab documentation, "Deployment safety"; CWE-862.
    """
    from hauberk.analysis.pipeline.gates import is_deploy_job

    for job in view.jobs:
        if (
            job.is_open
            and job.is_known
            and job.environment is None
            and not job.is_manual
            and is_deploy_job(job)
        ):
            message = f"{job.name} has no rule, no environment and no approval: every branch deploys"
            yield Finding("PIP011", Place(view.locator, line=job.line), message, job.name)
