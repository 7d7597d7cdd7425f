"""PIP032: files that hold secrets are kept as an artifact."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP032",
    Severity.HIGH,
    maps=["CWE-538", "CWE-552"],
    bad=[
        Sample(".gitlab-ci.yml", b"build:\n  script: [make]\n  artifacts:\n    paths: [dist, .env]\n"),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"build:\n  script: [make]\n  artifacts:\n    paths: [dist]\n    reports: {dotenv: build.env}\n",
        ),
    ],
)
def secret_handed_on(view: Pipeline) -> Iterator[Finding]:
    """Files that hold secrets are kept as an artifact.

    Why: whoever can see the job can load them, for as long as artifacts are kept.
    Remediation: hand secrets over through the platform's own store; name the artifact's paths narrowly.
    Source: CWE-538; GitLab documentation, "Job artifacts".
    """
    from hauberk.analysis.pipeline.includes import secret_artifacts

    for each in secret_artifacts(view):
        yield Finding("PIP032", Place(view.locator, line=each.line), each.message, each.subject)
