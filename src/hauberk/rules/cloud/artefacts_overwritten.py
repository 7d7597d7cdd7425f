"""CLD018: uploads may replace what is there."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import absent, allowed_with, allows_of, document, is_of_resource
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy


def _bad() -> bytes:
    return document({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::models/*"})


def _good() -> bytes:
    return document(
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::models/*",
            "Condition": {"Null": {"s3:if-none-match": "false"}},
        }
    )


@rule(
    "CLD018",
    Severity.LOW,
    persona="security",
    maps=["CWE-284", "AML.T0018"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def artefacts_overwritten(view: IamPolicy) -> Iterator[Finding]:
    """Whoever may upload may also replace what is there.

    Why: a model that was scanned and signed is exchanged in place; without versions nobody can tell.
    Remediation: require s3:if-none-match for uploads, keep versions and object lock, and load
    artefacts by digest.
    Source: Amazon S3 user guide, conditional writes; object lock.
    """
    if is_of_resource(view):
        return
    witness = allowed_with(view, ("s3:PutObject",), (absent("s3:if-none-match"),))
    if witness is not None:
        line = next((each.line for each in allows_of(view)), 1)
        message = f"an upload may replace what is there: {witness}"
        yield Finding("CLD018", Place(view.locator, line=line), message, "s3:if-none-match")
