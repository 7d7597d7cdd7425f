"""PIP012: the pipeline builds and deploys, and what it scans leaves a part of the chain unseen."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP012",
    Severity.LOW,
    maps=["AML.M0016", "CWE-693"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"stages: [build, scan, deploy]\nbuild:\n  stage: build\n"
            b"  script: ['docker build -t app:1 .']\nscan:\n  stage: scan\n"
            b"  script: ['trivy image --exit-code 1 app:1']\ndeploy:\n  stage: deploy\n"
            b"  script: ['kubectl set image deploy/app app=app:1']\n",
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"stages: [build, scan, deploy]\nbuild:\n  stage: build\n"
            b"  script: ['docker build -t app:1 .']\nscan:\n  stage: scan\n"
            b"  script: ['hauberk scan . app.tar', 'trivy image --exit-code 1 app:1']\ndeploy:\n"
            b"  stage: deploy\n  script: ['kubectl set image deploy/app app=app:1']\n",
        ),
    ],
)
def missing_scans(view: Pipeline) -> Iterator[Finding]:
    """The pipeline builds and deploys, and what it scans leaves a part of the chain unseen.

    Why: a clean image says nothing of secrets in the source, of its dependencies' sources, or of the
    pipeline itself.
    Remediation: scan the repository too: `hauberk scan .` looks at code, secrets, dependencies, pipelines
    and models.
    Source: NIST SP 800-218 (SSDF), PW.7 and PW.8.
    """
    from hauberk.analysis.pipeline.flow import missing_scans

    for job, missing in missing_scans(view):
        message = f"{job.name} deploys, and no job scans {', '.join(missing)}"
        yield Finding("PIP012", Place(view.locator, line=job.line), message, "scans")
