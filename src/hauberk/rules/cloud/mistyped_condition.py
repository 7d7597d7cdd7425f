"""CLD005: an operator that is not for keys of that type."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import document, mistyped
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy


def _bad() -> bytes:
    return document(
        {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"s3:x-amz-acl": "public-read"}},
        }
    )


def _good() -> bytes:
    return document(
        {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


@rule(
    "CLD005",
    Severity.MEDIUM,
    persona="security",
    maps=["CWE-863"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def mistyped_condition(view: IamPolicy) -> Iterator[Finding]:
    """The condition compares a key with an operator of another type.

    Why: such a condition matches never, or otherwise than it reads.
    Remediation: use the operator of the key's type: String for texts, Bool for true and false, Arn,
    Numeric, Date, IpAddress.
    Source: AWS IAM user guide, condition operators; Service Authorization Reference.
    """
    for statement in view.statements:
        for condition, kind in mistyped(statement):
            message = f"{statement.name}: {condition.operator} compares {condition.key}, which is a {kind}"
            place = Place(view.locator, line=statement.line)
            yield Finding("CLD005", place, message, f"{condition.operator} {condition.key}")
