"""CLD008: ListBucket without a prefix."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import allows_of, document, is_of_resource, named_actions
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy


def _bad() -> bytes:
    return document(
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::lake"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/train/*"},
    )


def _good() -> bytes:
    return document(
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::lake",
            "Condition": {"StringLike": {"s3:prefix": "train/*"}},
        }
    )


@rule(
    "CLD008",
    Severity.LOW,
    persona="security",
    maps=["CWE-200"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def whole_bucket_listed(view: IamPolicy) -> Iterator[Finding]:
    """The names of all objects of a bucket can be listed.

    Why: names tell of customers, data sets and models; a role for one prefix learns of all the others.
    Remediation: limit s3:ListBucket by the condition s3:prefix.
    Source: Amazon S3 user guide, s3:prefix.
    """
    for statement in allows_of(view):
        if any(each.key.lower() == "s3:prefix" for each in statement.conditions):
            continue
        if any(each.name == "s3:ListBucket" for each in named_actions(statement)) and not is_of_resource(
            view
        ):
            message = f"{statement.name} lists whole buckets: s3:ListBucket has no condition on s3:prefix"
            yield Finding("CLD008", Place(view.locator, line=statement.line), message, statement.name)
