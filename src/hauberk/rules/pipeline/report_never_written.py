"""PIP003: a security report is promised to the platform, and no command of the job writes it."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP003",
    Severity.MEDIUM,
    maps=["CWE-754"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"scan:\n  script: [trivy image --exit-code 1 --format table app]\n  artifacts:\n"
            b"    reports:\n      container_scanning: gl-report.json\n",
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"scan:\n"
            b"  script: [trivy image --exit-code 1 --format template --template @contrib/gitla"
            b"b.tpl -o gl-report.json app]\n"
            b"  artifacts:\n    reports:\n      container_scanning: gl-report.json\n",
        ),
        Sample(
            ".gitlab-ci.yml",
            b"test:\n  script: [pytest]\n  artifacts:\n    reports:\n      junit: report.xml\n",
        ),
    ],
)
def report_never_written(view: Pipeline) -> Iterator[Finding]:
    """A security report is promised to the platform, and no command of the job writes it.

    Why: the security dashboard stays empty, which reads as: nothing found.
    Remediation: let the scanner write that file (`--format template --template @contrib/gitlab.tpl -o
    FILE`).
    Source: GitLab documentation, "artifacts:reports".
    """
    from hauberk.analysis.pipeline.reports import unwritten

    for report, job in unwritten(view):
        message = f"{job} promises {report.value[:120]} as {report.name}, and nothing in it writes that file"
        yield Finding("PIP003", Place(view.locator, line=report.line), message, f"{job} {report.name}")
