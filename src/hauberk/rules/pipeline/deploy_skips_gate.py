"""PIP015: the deploying job does not wait for the scan, or runs although it failed."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP015",
    Severity.HIGH,
    maps=["CWE-693", "CWE-754"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"stages: [build, scan, deploy]\nbuild:\n  stage: build\n"
            b"  script: ['docker build -t app:1 .']\nscan:\n  stage: scan\n"
            b"  script: ['trivy image --exit-code 1 app:1']\ndeploy:\n  stage: deploy\n"
            b"  needs: [build]\n  script: ['kubectl set image deploy/app app=app:1']\n",
        ),
        Sample(
            ".gitlab-ci.yml",
            b"stages: [scan, deploy]\nscan:\n  stage: scan\n"
            b"  script: ['trivy image --exit-code 1 app:1']\ndeploy:\n  stage: deploy\n"
            b"  when: always\n  script: ['kubectl apply -f x']\n",
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"stages: [scan, deploy]\nscan:\n  stage: scan\n"
            b"  script: ['trivy image --exit-code 1 app:1']\ndeploy:\n  stage: deploy\n"
            b"  needs: [scan]\n  script: ['kubectl apply -f x']\n",
        ),
    ],
)
def deploy_skips_gate(view: Pipeline) -> Iterator[Finding]:
    """The deploying job does not wait for the scan, or runs although it failed.

    Why: the pipeline has a gate, and the way around it is the one that is taken.
    Remediation: name the scanning job in `needs` (or leave `needs` away so that stages count), and take
    away `when: always`, `if: always()` and `condition: always()`.
    Source: GitLab documentation, "needs"; GitHub documentation, "Using conditions to control job
    execution".
    """
    from hauberk.analysis.pipeline.flow import skipped_gates, steps_after_failed_scans

    for job, why in skipped_gates(view):
        yield Finding("PIP015", Place(view.locator, line=job.line), f"{job.name} deploys {why}", job.name)
    for job, line, why in steps_after_failed_scans(view):
        yield Finding(
            "PIP015", Place(view.locator, line=line), f"{job.name} goes on {why}", f"{job.name} step"
        )
