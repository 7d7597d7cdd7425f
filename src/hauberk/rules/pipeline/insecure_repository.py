"""PIP062: hooks are fetched over a connection that anybody on the way can change."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP062",
    Severity.MEDIUM,
    maps=["CWE-319"],
    bad=[
        Sample(".pre-commit-config.yaml", b"repos:\n  - repo: http://github.com/a/b\n    rev: v1\n"),
    ],
    good=[
        Sample(".pre-commit-config.yaml", b"repos:\n  - repo: https://github.com/a/b\n    rev: v1\n"),
    ],
)
def insecure_repository(view: Pipeline) -> Iterator[Finding]:
    """Hooks are fetched over a connection that anybody on the way can change.

    Why: the hook runs on the machine of everybody who commits.
    Remediation: use `https://`.
    Source: CWE-319; zizmor documentation, `insecure-url-scheme`.
    """
    from hauberk.analysis.pipeline.bots import insecure_repositories

    for line, what in insecure_repositories(view):
        yield Finding("PIP062", Place(view.locator, line=line), f"{what} is fetched without encryption", what)
