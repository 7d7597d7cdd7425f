"""PIP018: the pipeline reaches a cloud with keys that do not expire, where the platform can vouch for it."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP018",
    Severity.MEDIUM,
    maps=["CWE-522", "AML.T0055"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"deploy:\n  variables:\n    AWS_SECRET_ACCESS_KEY: $PROD_KEY\n  script: [aws s3 ls]\n",
        ),
        Sample(
            ".github/workflows/a.yml",
            b"on: push\njobs:\n  a:\n    steps:\n"
            b"      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n"
            b"          aws-access-key-id: ${{ secrets.ID }}\n"
            b"          aws-secret-access-key: ${{ secrets.KEY }}\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\njobs:\n  a:\n    steps:\n"
            b"      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n"
            b"          role-to-assume: arn:aws:iam::123456789012:role/ci\n",
        ),
    ],
)
def long_lived_keys(view: Pipeline) -> Iterator[Finding]:
    """The pipeline reaches a cloud with keys that do not expire, where the platform can vouch for it.

    Why: a key that leaks from one build works for ever and from everywhere; identity of the build (OIDC)
    ends with it.
    Remediation: use OpenID Connect: `id-token: write` with a role, `id_tokens` in GitLab, workload
    identity in Azure.
    Source: GitHub documentation, "About security hardening with OpenID Connect"; CWE-522.
    """
    from hauberk.analysis.pipeline.secrets import long_lived_keys

    for name, line in long_lived_keys(view):
        yield Finding(
            "PIP018", Place(view.locator, line=line), f"uses the long-lived key {name[:80]}", name[:80]
        )
