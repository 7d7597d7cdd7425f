"""PIP029: a part of the pipeline comes from elsewhere, in whatever version is there today."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP029",
    Severity.MEDIUM,
    maps=["CWE-829", "CWE-494"],
    bad=[
        Sample(".gitlab-ci.yml", b"include:\n  - project: group/ci\n    file: /build.yml\n"),
        Sample(".gitlab-ci.yml", b"include:\n  - remote: https://example.org/ci.yml\n"),
        Sample("Jenkinsfile", b"@Library('tools@main') _\nnode { sh 'make' }\n"),
        Sample(
            "azure-pipelines.yml",
            b"resources:\n  repositories:\n    - repository: t\n      type: github\n"
            b"      name: o/t\nsteps:\n  - script: make\n",
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"include:\n  - project: group/ci\n    ref: 0123456789abcdef0123456789abcdef01234567\n"
            b"    file: /build.yml\n  - local: /a.yml\n  - template: Jobs/SAST.gitlab-ci.yml\n",
        ),
        Sample(
            "Jenkinsfile",
            b"@Library('tools@0123456789abcdef0123456789abcdef01234567') _\nnode { sh 'make' }\n",
        ),
    ],
)
def unpinned_include(view: Pipeline) -> Iterator[Finding]:
    """A part of the pipeline comes from elsewhere, in whatever version is there today.

    Why: whoever can write there changes what runs here, with this project's secrets.
    Remediation: name a full commit (`ref`), a digest (`integrity`) or a released version of the
    component.
    Source: GitLab documentation, "include:project", "include:integrity"; Jenkins handbook, "Shared
    libraries".
    """
    from hauberk.analysis.pipeline.includes import unpinned_includes

    for each in unpinned_includes(view):
        yield Finding("PIP029", Place(view.locator, line=each.line), each.message, each.subject)
