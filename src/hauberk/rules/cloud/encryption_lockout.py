"""CLD020: a denial that stops uploads without a header, and other encryption."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import document
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import Effect, IamPolicy

KEY = "s3:x-amz-server-side-encryption"


def _bad() -> bytes:
    return document(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::lake/*",
            "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}},
        }
    )


def _good() -> bytes:
    return document(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::lake/*",
            "Condition": {
                "StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"},
                "Null": {"s3:x-amz-server-side-encryption": "false"},
            },
        }
    )


@rule(
    "CLD020",
    Severity.MEDIUM,
    persona="security",
    maps=["CWE-863"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def encryption_lockout(view: IamPolicy) -> Iterator[Finding]:
    """Uploads that rely on the bucket's default encryption are denied.

    Why: a negated condition is true where the header is missing: plain uploads fail, and so do
    those with a better key; people then remove the statement.
    Remediation: drop the statement and set default encryption, or use StringNotEqualsIfExists and
    list every mode that is good enough.
    Source: AWS IAM user guide, negated operators and missing keys; Amazon S3 user guide, default
    encryption.
    """
    for statement in view.statements:
        if statement.effect is not Effect.DENY:
            continue
        for each in statement.conditions:
            if each.key.lower() != KEY or each.operator not in ("StringNotEquals", "StringNotLike"):
                continue
            if any(one.operator == "Null" and one.key.lower() == KEY for one in statement.conditions):
                continue
            weak = "AES256" in each.values and len(each.values) == 1
            also = ", and those with aws:kms" if weak else ""
            message = f"{statement.name} denies uploads without the header{also}"
            yield Finding("CLD020", Place(view.locator, line=statement.line), message, statement.name)
