"""PIP005: a job reads a file that an earlier job wrote, and no artifact carries it over."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP005",
    Severity.MEDIUM,
    maps=["CWE-367", "CWE-754"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"stages: [build, scan]\nbuild:\n  stage: build\n  script: [docker save app > app.tar]\n"
            b"scan:\n  stage: scan\n  script: [trivy image --exit-code 1 --input app.tar]\n",
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"stages: [build, scan]\nbuild:\n  stage: build\n  script: [docker save app > app.tar]\n"
            b"  artifacts:\n    paths: [app.tar]\nscan:\n  stage: scan\n"
            b"  script: [trivy image --exit-code 1 --input app.tar]\n",
        ),
    ],
)
def file_not_handed_on(view: Pipeline) -> Iterator[Finding]:
    """A job reads a file that an earlier job wrote, and no artifact carries it over.

    Why: jobs start in a clean folder: the file is missing, or it is one that an earlier pipeline left on
    a shared runner, so that something else is scanned than was built.
    Remediation: declare the file under `artifacts: paths` of the job that writes it, or push the image
    and read it by digest.
    Source: GitLab documentation, "Job artifacts"; CWE-367.
    """
    from hauberk.analysis.pipeline.flow import lost_files

    for each in lost_files(view):
        shown = each.name[:120]
        message = f"{each.reader} reads {shown}, which {each.writer} writes (line {each.written}) and keeps"
        yield Finding(
            "PIP005", Place(view.locator, line=each.line), message, f"{each.reader} {each.name[:120]}"
        )
