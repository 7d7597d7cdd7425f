"""PIP013: the scanner fetches its database of advisories while the pipeline runs."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP013",
    Severity.INFO,
    maps=["CWE-829"],
    bad=[
        Sample(".gitlab-ci.yml", b"scan:\n  script: [trivy image --exit-code 1 app]\n"),
    ],
    good=[
        Sample(".gitlab-ci.yml", b"scan:\n  script: [trivy image --exit-code 1 --skip-db-update app]\n"),
        Sample(
            ".gitlab-ci.yml",
            b"scan:\n  variables: {TRIVY_DB_REPOSITORY: registry.example.org/trivy-db}\n"
            b"  script: [trivy image --exit-code 1 app]\n",
        ),
        Sample(".gitlab-ci.yml", b"scan:\n  script: [trivy config --exit-code 1 .]\n"),
    ],
)
def fetches_advisories(view: Pipeline) -> Iterator[Finding]:
    """The scanner fetches its database of advisories while the pipeline runs.

    Why: the outcome depends on a server of today: it fails when the registry limits requests, and two
    runs of one commit differ.
    Remediation: mirror the database and pin it (`--db-repository`, `--skip-db-update` with a cache), or
    import advisories into Hauberk, whose verdict names their age.
    Source: Trivy documentation, "Air-gapped environment"; trivy-action issue 396 (TOOMANYREQUESTS).
    """
    from hauberk.analysis.pipeline.flow import fetching_scans

    for scan in fetching_scans(view):
        message = f"{scan.tool} fetches its database at run time; neither its place nor its date is fixed"
        yield Finding("PIP013", Place(view.locator, line=scan.line), message, scan.tool)
