"""PIP051: a workflow that publishes takes files from a cache that other runs fill."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP051",
    Severity.LOW,
    maps=["CWE-345", "CWE-829"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: {release: {types: [published]}}\npermissions: {}\njobs:\n  a:\n"
            b"    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: actions/cache@0123456789abcdef0123456789abcdef01234567\n"
            b"        with: {path: x, key: y}\n      - run: npm publish --provenance\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: actions/cache@0123456789abcdef0123456789abcdef01234567\n"
            b"        with: {path: x, key: y}\n",
        ),
    ],
)
def shared_cache(view: Pipeline) -> Iterator[Finding]:
    """A workflow that publishes takes files from a cache that other runs fill.

    Why: a run of another branch, with less trust, can leave a changed tool or package there: it ends up
    in the release.
    Remediation: publish without caches (`cache: false`), or build in one workflow and publish its
    artifact in another.
    Source: Adnan Khan, "The monsters in your build cache", 2024; zizmor documentation, `cache-poisoning`.
    """
    from hauberk.analysis.pipeline.workflows import shared_caches

    for each in shared_caches(view):
        yield Finding("PIP051", Place(view.locator, line=each.line), each.message, each.subject)
