"""CLD103: a bucket that is not encrypted with a key of its owner."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.terraform.module import TerraformModule
from hauberk.formats.terraform.syntax import Block

INLINE = "server_side_encryption_configuration"


def _modes(holder: Block) -> Iterator[str]:
    """The algorithms of its rules; "" for one that is not known before apply."""
    for one in holder.all("rule"):
        for each in one.all("apply_server_side_encryption_by_default"):
            said = each.attributes.get("sse_algorithm")
            yield said.value if said is not None and isinstance(said.value, str) else ""


BAD = b"""resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}
"""
GOOD = b"""resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lake" {
  bucket = aws_s3_bucket.lake.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = "alias/lake"
    }
  }
}
"""


@rule(
    "CLD103",
    Severity.LOW,
    persona="security",
    maps=["CWE-311"],
    bad=[Sample("main.tf", BAD)],
    good=[Sample("main.tf", GOOD)],
)
def bucket_without_own_key(view: TerraformModule) -> Iterator[Finding]:
    """The bucket is encrypted with S3's own key, or nobody says how.

    Why: S3's own key opens for whoever may read the object: there is no second lock, no rotation
    and no trail of its use.
    Remediation: set default encryption to aws:kms with a key of yours, and a key policy that names
    who may decrypt.
    Source: Amazon S3 user guide, SSE-KMS and SSE-S3.
    """
    for bucket in view.all("aws_s3_bucket"):
        settings = view.about(bucket, "aws_s3_bucket_server_side_encryption_configuration")
        holders = [each.block for each in settings] + list(bucket.block.all(INLINE))
        modes = {mode for holder in holders for mode in _modes(holder)}
        if not modes & {"aws:kms", "aws:kms:dsse", ""}:
            said = "AES256, S3's own key" if modes else "nobody says with which key"
            message = f"{bucket.address} is not encrypted with a key of its owner: {said}"
            yield Finding("CLD103", Place(bucket.locator, line=bucket.line), message, bucket.address)
