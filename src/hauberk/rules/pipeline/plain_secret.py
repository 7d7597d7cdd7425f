"""PIP017: a variable that by its name is a secret is given its value in the file."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP017",
    Severity.HIGH,
    maps=["CWE-798", "CWE-312", "AML.T0055"],
    bad=[
        Sample(".gitlab-ci.yml", b"variables:\n  DB_PASSWORD: hunter22-correct\njob:\n  script: [make]\n"),
        Sample(
            "buildspec.yml",
            b"version: 0.2\nenv:\n  variables:\n    API_TOKEN: abcdef77abcdef\nphases:\n  build:\n"
            b"    commands: [make]\n",
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b'variables:\n  DB_PASSWORD: $PROTECTED_PASSWORD\n  TOKENIZERS_PARALLELISM: "false"\n'
            b"  SECRET_NAME: prod-database\njob:\n  script: [make]\n",
        ),
    ],
)
def plain_secret(view: Pipeline) -> Iterator[Finding]:
    """A variable that by its name is a secret is given its value in the file.

    Why: whoever can read the repository, its history or the build's log has the secret.
    Remediation: revoke it, and let the platform inject it (protected and masked variable, `secrets`,
    secrets manager, OIDC).
    Source: CWE-798; CIS Software Supply Chain Security Guide 1.0, 1.5.
    """
    from hauberk.analysis.pipeline.secrets import plain_secrets

    for setting in plain_secrets(view):
        message = f"{setting.name[:80]} is set to a text of {len(setting.value)} characters"
        yield Finding("PIP017", Place(view.locator, line=setting.line), message, setting.name[:80])
