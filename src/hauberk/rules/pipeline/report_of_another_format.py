"""PIP004: a security report is promised to the platform, and the scanner writes another format."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP004",
    Severity.MEDIUM,
    maps=["CWE-754"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"scan:\n  script: [trivy image --exit-code 1 --format table app]\n  artifacts:\n"
            b"    reports:\n      container_scanning: gl-report.json\n",
        ),
        Sample(
            ".gitlab-ci.yml",
            b"scan:\n  script: [trivy image --exit-code 1 --format json -o gl-report.json app]\n"
            b"  artifacts:\n    reports:\n      container_scanning: gl-report.json\n",
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"scan:\n"
            b"  script: [\"trivy image --exit-code 1 --format template --template '@contrib/git"
            b"lab.tpl' -o gl-report.json app\"]\n"
            b"  artifacts:\n    reports:\n      container_scanning: gl-report.json\n",
        ),
        Sample(
            ".gitlab-ci.yml",
            b"scan:\n  script:\n    - trivy image --format json -o t.json app\n"
            b"    - trivy convert --format template --template @gl.tpl -o gl-report.json t.json\n"
            b"  artifacts:\n    reports:\n      container_scanning: gl-report.json\n",
        ),
    ],
)
def report_of_another_format(view: Pipeline) -> Iterator[Finding]:
    """A security report is promised to the platform, and the scanner writes another format.

    Why: GitLab takes only its own schema: the job looks integrated, and the dashboard and the approval
    rules behind it see nothing.
    Remediation: `trivy image --format template --template @contrib/gitlab.tpl -o FILE`, or the platform's
    own analyser.
    Source: GitLab documentation, "Security scanner integration"; Trivy documentation, "Reporting".
    """
    from hauberk.analysis.pipeline.reports import misformatted

    for report, job, written in misformatted(view):
        message = f"{job} promises a {report.name} report, and the scanner writes {written[:40]}"
        yield Finding("PIP004", Place(view.locator, line=report.line), message, f"{job} {report.name}")
