"""Terraform: modules, plans and states as resources, and the policies in them."""

from __future__ import annotations

from hauberk.formats.format import Format
from hauberk.formats.signs import Signs
from hauberk.formats.terraform import module, plan

SIGNS = Signs(ends=(".tf",), holds=(b'"terraform_version"',), is_folder=True)
FORMATS = (
    Format("terraform", "Terraform module", module.claim, module.read),
    Format("terraform-plan", "Terraform plan or state", plan.claim, plan.read_plan),
)
