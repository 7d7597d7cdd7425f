"""CLD012: a resource that everybody reaches."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.layers import is_public
from hauberk.analysis.access.lint import allows_of, document, is_of_resource
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy

# Keys that a stranger chooses: a condition on them keeps nobody out.
HARMLESS = frozenset(
    {"aws:securetransport", "aws:useragent", "aws:referer", "aws:currenttime", "s3:x-amz-acl"}
)


def _bad() -> bytes:
    return document(
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}
    )


def _good() -> bytes:
    return document(
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::lake/*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}},
        }
    )


@rule(
    "CLD012",
    Severity.CRITICAL,
    persona="security",
    maps=["CWE-284", "CWE-732", "AISVS-1.0:5.2.1"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def public_resource(view: IamPolicy) -> Iterator[Finding | Gap]:
    """The resource's policy lets everybody in.

    Why: no account and no password is needed: strangers read or change what is there.
    Remediation: name the principals, or add a condition that only your own meet, such as
    aws:PrincipalOrgID.
    Source: AWS IAM user guide, Principal; Amazon S3 user guide, the meaning of public.
    """
    if not is_of_resource(view):
        return
    answer = is_public(view)
    if answer.holds is None:
        yield Gap(Place(view.locator), "undecided", answer.words)
    elif answer.witness is not None:
        line = next((each.line for each in allows_of(view)), 1)
        message = f"everybody is let in: {answer.witness}"
        keys = {key for key in answer.witness.context if key not in HARMLESS}
        severity = Severity.LOW if keys else None
        yield Finding("CLD012", Place(view.locator, line=line), message, answer.witness.action, severity)
