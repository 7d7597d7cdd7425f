"""CLD101: a block that the provider does not know."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.terraform.module import TerraformModule

# What any resource can have, and the blocks of those that are often written from memory.
EVERYWHERE = frozenset({"lifecycle", "provisioner", "connection", "timeouts", "dynamic"})
KNOWN = {
    "aws_s3_bucket": frozenset(
        {
            "cors_rule", "grant", "lifecycle_rule", "logging", "object_lock_configuration",
            "replication_configuration", "server_side_encryption_configuration", "versioning", "website",
        }
    ),
    "aws_s3_bucket_public_access_block": frozenset[str](),
    "aws_s3_bucket_policy": frozenset[str](),
    "aws_s3_bucket_versioning": frozenset({"versioning_configuration"}),
    "aws_s3_bucket_server_side_encryption_configuration": frozenset({"rule"}),
    "aws_kms_key": frozenset[str](),
    "aws_iam_policy": frozenset[str](),
    "aws_iam_role": frozenset({"inline_policy"}),
    "aws_sagemaker_notebook_instance": frozenset({"instance_metadata_service_configuration"}),
}  # fmt: skip

BAD = b"""resource "aws_s3_bucket" "lake" {
  bucket_public_access_block {
    block_public_acls = true
  }
}
"""
GOOD = b"""resource "aws_s3_bucket" "lake" {
  versioning {
    enabled = true
  }
}
"""


@rule(
    "CLD101",
    Severity.HIGH,
    persona="security",
    maps=["CWE-863", "CWE-284"],
    bad=[Sample("main.tf", BAD)],
    good=[Sample("main.tf", GOOD)],
)
def unknown_block(view: TerraformModule) -> Iterator[Finding]:
    """The provider knows no such block: it sets nothing.

    Why: the module reads as if something were protected; the plan fails, or the block is taken out
    so that it passes.
    Remediation: use the resource that does it: for public access aws_s3_bucket_public_access_block.
    Source: Terraform AWS provider documentation, aws_s3_bucket.
    """
    for resource in view.all(*KNOWN):
        for block in resource.block.blocks:
            name = block.labels[0] if block.type == "dynamic" and block.labels else block.type
            if name not in KNOWN[resource.type] | EVERYWHERE:
                message = f"{resource.address}: {resource.type} has no block {name}, so it sets nothing"
                place = Place(resource.locator, line=block.line)
                yield Finding("CLD101", place, message, f"{resource.address} {name}")
