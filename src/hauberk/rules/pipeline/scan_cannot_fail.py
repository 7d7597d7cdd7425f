"""PIP002: a scan is run, and whatever it finds the pipeline goes on."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP002",
    Severity.HIGH,
    maps=["CWE-754", "CWE-693", "AML.M0016"],
    bad=[
        Sample(".gitlab-ci.yml", b"scan:\n  script: [trivy image app]\n"),
        Sample(".gitlab-ci.yml", b"scan:\n  script: [bandit -r src || true]\n"),
        Sample(".gitlab-ci.yml", b"scan:\n  allow_failure: true\n  script: [pip-audit]\n"),
        Sample(".gitlab-ci.yml", b"scan:\n  script: |\n    set +e\n    gitleaks detect\n    echo done\n"),
    ],
    good=[
        Sample(".gitlab-ci.yml", b"scan:\n  script: [trivy image --exit-code 1 app]\n"),
        Sample(
            ".gitlab-ci.yml",
            b"scan:\n  script:\n    - trivy image --format json -o all.json app\n"
            b"    - trivy image --exit-code 1 app\n",
        ),
        Sample(".gitlab-ci.yml", b"lint:\n  allow_failure: true\n  script: [ruff check]\n"),
    ],
)
def scan_cannot_fail(view: Pipeline) -> Iterator[Finding]:
    """A scan is run, and whatever it finds the pipeline goes on.

    Why: the job looks like a gate and is none: images, code or models with known faults go to production.
    Remediation: let the scanner exit with an error (`--exit-code 1`, `--fail-on high`), and take away `||
    true`, `allow_failure` and `continue-on-error`; record exceptions one by one, with an end.
    Source: CWE-754; the manuals of the scanners, on exit codes.
    """
    from hauberk.analysis.pipeline.gates import lost_scans

    for each in lost_scans(view):
        yield Finding(
            "PIP002", Place(view.locator, line=each.line), f"{each.tool} stops nothing: {each.why}", each.tool
        )
