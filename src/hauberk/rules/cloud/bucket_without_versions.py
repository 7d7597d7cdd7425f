"""CLD104: a bucket that keeps no versions."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.terraform.module import TerraformModule

NAMES = ("enabled", "status")

BAD = b"""resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}
"""
GOOD = b"""resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}

resource "aws_s3_bucket_versioning" "lake" {
  bucket = aws_s3_bucket.lake.id
  versioning_configuration {
    status = "Enabled"
  }
}
"""


@rule(
    "CLD104",
    Severity.LOW,
    persona="security",
    maps=["CWE-693"],
    bad=[Sample("main.tf", BAD)],
    good=[Sample("main.tf", GOOD)],
)
def bucket_without_versions(view: TerraformModule) -> Iterator[Finding]:
    """What is overwritten or deleted in the bucket is gone.

    Why: poisoned or deleted training data cannot be told from, or taken back to, what was there
    before.
    Remediation: enable versioning, and object lock where evidence is kept.
    Source: Amazon S3 user guide, versioning; object lock.
    """
    for bucket in view.all("aws_s3_bucket"):
        own = [one for each in view.about(bucket, "aws_s3_bucket_versioning") for one in each.block.blocks]
        settings = [*own, *bucket.block.all("versioning")]
        values = [
            each.attributes[name].value for each in settings for name in NAMES if name in each.attributes
        ]
        if not any(value in (True, "Enabled") or not isinstance(value, (str, bool)) for value in values):
            message = f"{bucket.address} keeps no versions"
            yield Finding("CLD104", Place(bucket.locator, line=bucket.line), message, bucket.address)
