"""CLD100: a bucket without a whole public access block."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.terraform.module import TerraformModule
from hauberk.formats.terraform.values import Unknown

SETTINGS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")

BAD = b"""resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}
"""
GOOD = b"""resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}

resource "aws_s3_bucket_public_access_block" "lake" {
  bucket                  = aws_s3_bucket.lake.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
"""


@rule(
    "CLD100",
    Severity.MEDIUM,
    persona="security",
    maps=["CWE-284", "CWE-732", "AISVS-1.0:4.1.1"],
    bad=[Sample("main.tf", BAD)],
    good=[Sample("main.tf", GOOD)],
)
def unblocked_bucket(view: TerraformModule) -> Iterator[Finding]:
    """Nothing keeps the bucket from becoming public.

    Why: one ACL or policy, written by anybody who may, publishes the training data.
    Remediation: add aws_s3_bucket_public_access_block with all four settings true.
    Source: Amazon S3 user guide, blocking public access.
    """
    for bucket in view.all("aws_s3_bucket"):
        blocks = view.about(bucket, "aws_s3_bucket_public_access_block")
        open_ones = [
            name for name in SETTINGS if not any(each.arguments.get(name) is True for each in blocks)
        ]
        unknown = any(isinstance(each.arguments.get(name), Unknown) for each in blocks for name in open_ones)
        if open_ones and not unknown:
            missing = ", ".join(open_ones) if blocks else "no aws_s3_bucket_public_access_block applies to it"
            message = f"{bucket.address} may become public: {missing}"
            yield Finding("CLD100", Place(bucket.locator, line=bucket.line), message, bucket.address)
