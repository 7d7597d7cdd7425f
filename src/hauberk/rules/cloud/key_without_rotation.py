"""CLD109: a key that is never rotated."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.terraform.module import TerraformModule

BAD = b"""resource "aws_kms_key" "lake" {
  description = "lake"
}
"""
GOOD = b"""resource "aws_kms_key" "lake" {
  enable_key_rotation = true
}
"""


@rule(
    "CLD109",
    Severity.LOW,
    persona="security",
    maps=["CWE-324"],
    bad=[Sample("main.tf", BAD)],
    good=[Sample("main.tf", GOOD)],
)
def key_without_rotation(view: TerraformModule) -> Iterator[Finding]:
    """The key is never rotated.

    Why: whoever once had the key material can read everything for ever.
    Remediation: set enable_key_rotation = true.
    Source: AWS KMS developer guide, rotating keys.
    """
    for key in view.all("aws_kms_key"):
        is_symmetric = (
            key.arguments.get("customer_master_key_spec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
        )
        if key.arguments.get("enable_key_rotation", False) is False and is_symmetric:
            message = f"{key.address} is never rotated"
            yield Finding("CLD109", Place(key.locator, line=key.line), message, key.address)
