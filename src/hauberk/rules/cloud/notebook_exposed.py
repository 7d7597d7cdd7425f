"""CLD107: a notebook with root access or direct internet."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.terraform.module import TerraformModule

BAD = b"""resource "aws_sagemaker_notebook_instance" "lab" {
  name = "lab"
}
"""
GOOD = b"""resource "aws_sagemaker_notebook_instance" "lab" {
  name                   = "lab"
  subnet_id              = "subnet-1"
  direct_internet_access = "Disabled"
  root_access            = "Disabled"
}
"""


@rule(
    "CLD107",
    Severity.MEDIUM,
    persona="security",
    maps=["CWE-250", "CWE-668"],
    bad=[Sample("main.tf", BAD)],
    good=[Sample("main.tf", GOOD)],
)
def notebook_exposed(view: TerraformModule) -> Iterator[Finding]:
    """The notebook has root access or reaches the internet directly.

    Why: a package or a pasted line then owns the instance, its role and the data, and sends them
    away.
    Remediation: set direct_internet_access = "Disabled" with a subnet, and root_access =
    "Disabled".
    Source: AWS Security Hub, SageMaker controls 1 to 3.
    """
    for each in view.all("aws_sagemaker_notebook_instance"):
        for argument, what in (("direct_internet_access", "the internet"), ("root_access", "root access")):
            value = each.arguments.get(argument, "Enabled")
            if value == "Enabled":
                message = f"{each.address} has {what}: {argument} is not Disabled"
                place = Place(each.locator, line=each.line_of(argument))
                yield Finding("CLD107", place, message, f"{each.address} {argument}")
