"""PIP052: a package is published with a token that does not expire."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP052",
    Severity.LOW,
    maps=["CWE-522"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: pypa/gh-action-pypi-publish@0123456789abcdef0123456789abcdef01234567\n"
            b"        with:\n          password: ${{ secrets.PYPI }}\n",
        ),
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - run: npm publish\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: pypa/gh-action-pypi-publish@0123456789abcdef0123456789abcdef01234567\n",
        ),
    ],
)
def token_publishing(view: Pipeline) -> Iterator[Finding]:
    """A package is published with a token that does not expire.

    Why: a token that leaks once publishes for ever; so began several compromises of packages in 2025.
    Remediation: use trusted publishing: the index takes the identity of the workflow (`id-token: write`).
    Source: PyPI documentation, "Trusted publishers"; OpenSSF, "Trusted publishers for all package
    repositories".
    """
    from hauberk.analysis.pipeline.workflows import token_publishing

    for each in token_publishing(view):
        yield Finding("PIP052", Place(view.locator, line=each.line), each.message, each.subject)
