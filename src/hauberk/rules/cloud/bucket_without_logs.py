"""CLD105: a bucket whose reads nobody records."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.terraform.module import Resource, TerraformModule


def _is_text(each: Resource) -> bool:
    return isinstance(each.arguments.get("target_bucket"), str)


BAD = b"""resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}
"""
GOOD = b"""resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}

resource "aws_s3_bucket_logging" "lake" {
  bucket        = aws_s3_bucket.lake.id
  target_bucket = "logs"
  target_prefix = "lake/"
}
"""


@rule(
    "CLD105",
    Severity.INFO,
    persona="security",
    maps=["CWE-778"],
    bad=[Sample("main.tf", BAD)],
    good=[Sample("main.tf", GOOD)],
)
def bucket_without_logs(view: TerraformModule) -> Iterator[Finding]:
    """Nobody records who reads the bucket.

    Why: after a leak nobody can say what was read, and by whom.
    Remediation: add aws_s3_bucket_logging, or data events of CloudTrail for the bucket.
    Source: Amazon S3 user guide, logging options.
    """
    if view.all("aws_cloudtrail"):
        return
    targets = {
        each.arguments.get("target_bucket") for each in view.all("aws_s3_bucket_logging") if _is_text(each)
    }
    for bucket in view.all("aws_s3_bucket"):
        logged = view.about(bucket, "aws_s3_bucket_logging") or bucket.block.all("logging")
        if not logged and bucket.arguments.get("bucket") not in targets:
            message = f"{bucket.address}: nobody records who reads it"
            yield Finding("CLD105", Place(bucket.locator, line=bucket.line), message, bucket.address)
