"""PIP030: one cache serves protected and unprotected branches."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP030",
    Severity.LOW,
    maps=["CWE-345"],
    bad=[
        Sample(
            ".gitlab-ci.yml", b"build:\n  script: [make]\n  cache: {key: all, paths: [x], unprotect: true}\n"
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml", b"build:\n  script: [make]\n  cache: {key: $CI_COMMIT_REF_SLUG, paths: [x]}\n"
        ),
    ],
)
def cache_across_trust(view: Pipeline) -> Iterator[Finding]:
    """One cache serves protected and unprotected branches.

    Why: a branch that anybody may push fills the cache from which the release is built.
    Remediation: key the cache by branch, and leave `unprotect` away.
    Source: GitLab documentation, "cache:unprotect".
    """
    from hauberk.analysis.pipeline.includes import open_caches

    for line, name in open_caches(view):
        yield Finding(
            "PIP030",
            Place(view.locator, line=line),
            f"{name} shares its cache with unprotected branches",
            name,
        )
