"""CLD007: data is written to a bucket of which nobody says whose it is."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.globs import like
from hauberk.analysis.access.lint import allowed_with, allows_of, document, is_of_resource, mentions
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy

OWNERS = ("aws:resourceaccount", "s3:resourceaccount", "aws:resourceorgid", "s3:dataaccesspointaccount")


def _writes(written: tuple[str, ...]) -> bool:
    return any(like(each, False, True).matches("s3:PutObject") for each in written)


def _bad() -> bytes:
    return document({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::artifacts/*"})


def _good() -> bytes:
    return document(
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::artifacts/*",
            "Condition": {"StringEquals": {"aws:ResourceAccount": "111122223333"}},
        }
    )


@rule(
    "CLD007",
    Severity.LOW,
    persona="security",
    maps=["CWE-284", "CWE-668"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def foreign_bucket(view: IamPolicy) -> Iterator[Finding]:
    """Writes are not bound to an account's buckets.

    Why: bucket names are global: whoever owns the name, now or after a deletion, receives the data.
    Remediation: add the condition aws:ResourceAccount (or s3:ResourceAccount) with your account.
    Source: AWS IAM user guide, aws:ResourceAccount; research on reused bucket names.
    """
    if is_of_resource(view) or mentions(view, *OWNERS):
        return
    witness = allowed_with(view, ("s3:PutObject", "s3:PutObjectAcl"))
    if witness is not None:
        message = f"nothing says whose bucket it is that data goes to: {witness.resource}"
        line = next((each.line for each in allows_of(view) if _writes(each.actions.values)), 1)
        yield Finding("CLD007", Place(view.locator, line=line), message, "aws:ResourceAccount")
