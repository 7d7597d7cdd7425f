"""PIP040: an action or workflow of others is named by a tag or branch, which can be moved."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP040",
    Severity.LOW,
    maps=["CWE-829", "CWE-494", "LLM03:2025"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: actions/checkout@v4\n        with: {persist-credentials: false}\n",
        ),
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: some/action@main\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: some/action@0123456789abcdef0123456789abcdef01234567\n",
        ),
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: ./local\n",
        ),
    ],
)
def unpinned_action(view: Pipeline) -> Iterator[Finding]:
    """An action or workflow of others is named by a tag or branch, which can be moved.

    Why: whoever can push to that repository runs code in the job: so it happened with tj-actions/changed-
    files in 2025 and 75 tags of trivy-action in 2026.
    Remediation: name the full commit, with the version as a comment; let a bot update it.
    Source: GitHub documentation, "Security hardening for GitHub Actions"; CVE-2025-30066; GHSA-69fq-
    xp46-6x23.
    """
    from hauberk.analysis.pipeline.workflows import unpinned_uses

    for uses, why in unpinned_uses(view):
        # GitHub's own actions come from whom the workflow trusts anyway.
        is_own = uses.name.partition("/")[0].lower() in ("actions", "github")
        severity = None if is_own or ("branch" not in why and "without" not in why) else Severity.MEDIUM
        message = f"{uses.said.text[:150]} is named {why}"
        yield Finding(
            "PIP040", Place(view.locator, line=uses.said.line), message, uses.said.text[:150], severity
        )
