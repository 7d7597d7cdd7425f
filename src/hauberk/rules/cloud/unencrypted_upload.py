"""CLD017: uploads need not ask for encryption with a managed key."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import allowed_with, allows_of, document, is_of_resource, says
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy

KEY = "s3:x-amz-server-side-encryption"


def _bad() -> bytes:
    return document({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::artifacts/*"})


def _good() -> bytes:
    return document(
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::artifacts/*",
            "Condition": {"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
        }
    )


@rule(
    "CLD017",
    Severity.LOW,
    persona="security",
    maps=["CWE-311"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def unencrypted_upload(view: IamPolicy) -> Iterator[Finding]:
    """Uploads need not be encrypted with a key of your own.

    Why: S3 then encrypts with its own key, which every reader of the object may use: the key is no
    second lock.
    Remediation: require s3:x-amz-server-side-encryption aws:kms and your key's id, or set the
    bucket's default encryption to it.
    Source: Amazon S3 user guide, SSE-KMS.
    """
    if is_of_resource(view):
        return
    witness = allowed_with(view, ("s3:PutObject",), (says(KEY, "AES256"),))
    if witness is not None:
        line = next((each.line for each in allows_of(view)), 1)
        message = f"uploads to {witness.resource} pass with S3's own key (AES256), or without a word"
        yield Finding("CLD017", Place(view.locator, line=line), message, KEY)
