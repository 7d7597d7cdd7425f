"""Terraform: modules as resources, and the policies in them."""

from __future__ import annotations

from hauberk.formats.format import Format
from hauberk.formats.signs import Signs
from hauberk.formats.terraform.module import claim, read

SIGNS = Signs(ends=(".tf",), is_folder=True)
FORMAT = Format("terraform", "Terraform module", claim, read)
