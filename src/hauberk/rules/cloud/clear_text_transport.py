"""CLD009: data can travel without TLS."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import allowed_with, allows_of, document, is_of_resource, says
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy

DATA = ("s3:GetObject", "s3:PutObject")


def _bad() -> bytes:
    return document({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::lake/*"})


def _good() -> bytes:
    return document(
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::lake/*",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        }
    )


@rule(
    "CLD009",
    Severity.LOW,
    persona="security",
    maps=["CWE-319", "AISVS-1.0:4.1.1"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def clear_text_transport(view: IamPolicy) -> Iterator[Finding]:
    """The policy lets data travel in clear text.

    Why: whoever sits between reads training data and swaps weights.
    Remediation: deny every action while aws:SecureTransport is false, best in the bucket's policy
    and for s3:*.
    Source: AWS IAM user guide, aws:SecureTransport; CWE-319.
    """
    if is_of_resource(view):
        return
    witness = allowed_with(view, DATA, (says("aws:SecureTransport".lower(), "false"),))
    if witness is not None:
        line = next((each.line for each in allows_of(view)), 1)
        message = f"allowed over plain HTTP: {witness}"
        yield Finding("CLD009", Place(view.locator, line=line), message, "aws:SecureTransport")
