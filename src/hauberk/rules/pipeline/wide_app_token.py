"""PIP058: a token of an app may more than the job needs, or outlives it."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP058",
    Severity.MEDIUM,
    maps=["CWE-269"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: actions/create-github-app-token@0123456789abcdef0123456789abcdef01234567\n"
            b"        with:\n          app-id: 1\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: actions/create-github-app-token@0123456789abcdef0123456789abcdef01234567\n"
            b"        with:\n          app-id: 1\n          permission-issues: write\n",
        ),
    ],
)
def wide_app_token(view: Pipeline) -> Iterator[Finding]:
    """A token of an app may more than the job needs, or outlives it.

    Why: whoever takes the token from the job reaches every repository and right that the app was given.
    Remediation: name `repositories` and each `permission-...`, and leave `skip-token-revoke` away.
    Source: actions/create-github-app-token, README; zizmor documentation, `github-app`.
    """
    from hauberk.analysis.pipeline.workflows import wide_app_tokens

    for each in wide_app_tokens(view):
        yield Finding("PIP058", Place(view.locator, line=each.line), each.message, each.subject)
