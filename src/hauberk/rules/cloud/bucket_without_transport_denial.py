"""CLD106: a bucket that takes plain HTTP."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import mentions
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.terraform.module import TerraformModule

BAD = b"""resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}
"""
GOOD = b"""resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}

resource "aws_s3_bucket_policy" "lake" {
  bucket = aws_s3_bucket.lake.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.lake.arn, "${aws_s3_bucket.lake.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
"""


@rule(
    "CLD106",
    Severity.LOW,
    persona="security",
    maps=["CWE-319", "AISVS-1.0:4.1.1"],
    bad=[Sample("main.tf", BAD)],
    good=[Sample("main.tf", GOOD)],
)
def bucket_without_transport_denial(view: TerraformModule) -> Iterator[Finding]:
    """Nothing refuses plain HTTP to the bucket.

    Why: whoever sits between reads training data and swaps weights.
    Remediation: add a bucket policy that denies s3:* on the bucket and its objects while
    aws:SecureTransport is false.
    Source: Amazon S3 user guide, security best practices; CWE-319.
    """
    for bucket in view.all("aws_s3_bucket"):
        holders = view.about(bucket, "aws_s3_bucket_policy")
        policies = [policy for holder, policy in view.policies if holder in holders]
        if len(policies) < len(holders) or any(mentions(each, "aws:securetransport") for each in policies):
            continue  # a policy that could not be read is a gap, one that denies in part is CLD019's
        message = f"{bucket.address}: no bucket policy refuses plain HTTP"
        yield Finding("CLD106", Place(bucket.locator, line=bucket.line), message, bucket.address)
