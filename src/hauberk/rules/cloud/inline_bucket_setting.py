"""CLD102: settings of a bucket in blocks that newer providers leave alone."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.terraform.module import TerraformModule

INLINE = frozenset(
    {
        "cors_rule", "grant", "lifecycle_rule", "logging", "replication_configuration",
        "server_side_encryption_configuration", "versioning", "website",
    }
)  # fmt: skip

BAD = b"""resource "aws_s3_bucket" "lake" {
  versioning {
    enabled = true
  }
}
"""
GOOD = b"""resource "aws_s3_bucket" "lake" {
  bucket = "lake"
}
"""


@rule(
    "CLD102",
    Severity.LOW,
    persona="security",
    maps=["CWE-1104"],
    bad=[Sample("main.tf", BAD)],
    good=[Sample("main.tf", GOOD)],
)
def inline_bucket_setting(view: TerraformModule) -> Iterator[Finding]:
    """The bucket's settings stand in deprecated blocks.

    Why: since version 4 the AWS provider wants a resource of its own for each; the blocks go away,
    and what they set with them.
    Remediation: move each to its resource: aws_s3_bucket_versioning,
    aws_s3_bucket_server_side_encryption_configuration and so on.
    Source: Terraform AWS provider, upgrade guide to version 4.
    """
    for bucket in view.all("aws_s3_bucket"):
        inline = [each for each in bucket.block.blocks if each.type in INLINE]
        if inline:
            names = ", ".join(sorted({each.type for each in inline}))
            message = f"{bucket.address} sets {names} inline, which the provider deprecates"
            yield Finding("CLD102", Place(bucket.locator, line=inline[0].line), message, bucket.address)
