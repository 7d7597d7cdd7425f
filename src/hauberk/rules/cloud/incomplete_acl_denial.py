"""CLD006: a denial of public ACLs that leaves some public ACLs out."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.globs import like
from hauberk.analysis.access.lint import document, mentions
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import Effect, IamPolicy

# Canned ACLs that let strangers read or write.
PUBLIC = ("public-read", "public-read-write", "authenticated-read")
GRANTS = ("s3:x-amz-grant-read", "s3:x-amz-grant-write", "s3:x-amz-grant-full-control")


def _bad() -> bytes:
    return document(
        {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "public-read"}},
        }
    )


def _good() -> bytes:
    return document(
        {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {
                "StringLike": {"s3:x-amz-acl": ["public-*", "authenticated-read", "aws-exec-read"]}
            },
        },
        {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Null": {"s3:x-amz-grant-read": "false"}},
        },
    )


@rule(
    "CLD006",
    Severity.MEDIUM,
    persona="security",
    maps=["CWE-732", "CWE-284", "AISVS-1.0:4.1.1"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def incomplete_acl_denial(view: IamPolicy) -> Iterator[Finding]:
    """The denial of public ACLs leaves public ways open.

    Why: an upload with another canned ACL, or with a grant header, publishes the object all the same.
    Remediation: deny public-read, public-read-write and authenticated-read and the grant headers,
    or better: switch ACLs off (BucketOwnerEnforced) and block public access.
    Source: Amazon S3 user guide, canned ACLs; grant headers.
    """
    for statement in view.statements:
        if statement.effect is not Effect.DENY:
            continue
        named = [each for each in statement.conditions if each.key.lower() == "s3:x-amz-acl"]
        if not named or "Not" in named[0].operator:
            continue
        texts = [text for each in named for text in each.values]
        left = [each for each in PUBLIC if not any(like(text, False).matches(each) for text in texts)]
        if not mentions(view, *GRANTS):
            left.append("the headers x-amz-grant-*")
        if left:
            message = f"{statement.name} denies {', '.join(texts)}, and leaves {', '.join(left)}"
            yield Finding("CLD006", Place(view.locator, line=statement.line), message, statement.name)
