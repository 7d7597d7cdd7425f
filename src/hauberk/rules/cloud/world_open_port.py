"""CLD108: a port that the whole internet reaches."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.terraform.module import TerraformModule
from hauberk.formats.terraform.values import Unknown, Value, value_of

TYPES = ("aws_security_group", "aws_security_group_rule", "aws_vpc_security_group_ingress_rule")
WORLD = ("0.0.0.0/0", "::/0")


def _unknown(steps: tuple[str, ...], _depth: int) -> Value:
    return Unknown(".".join(steps))


def _is_world(given: dict[str, Value]) -> bool:
    listed = [given.get(name) for name in ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")]
    texts = [one for each in listed for one in (each if isinstance(each, list) else [each])]
    return any(each in WORLD for each in texts)


BAD = b"""resource "aws_security_group" "lab" {
  ingress {
    from_port   = 8888
    to_port     = 8888
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
GOOD = b"""resource "aws_security_group" "lab" {
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  ingress {
    from_port   = 8888
    to_port     = 8888
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
}
"""


@rule(
    "CLD108",
    Severity.HIGH,
    persona="security",
    maps=["CWE-284", "CWE-668"],
    bad=[Sample("main.tf", BAD)],
    good=[Sample("main.tf", GOOD)],
)
def world_open_port(view: TerraformModule) -> Iterator[Finding]:
    """The whole internet reaches a port that is not for it.

    Why: notebooks, trainers and databases are attacked within minutes of being reachable.
    Remediation: allow the networks or security groups that need the port.
    Source: AWS Security Hub, EC2 controls 13 and 18; CWE-284.
    """
    for resource in view.all(*TYPES):
        inner = [block.attributes for block in resource.block.all("ingress")]
        is_rule = resource.type != "aws_security_group"
        if resource.arguments.get("type", "ingress") != "ingress":
            continue
        for attributes in [resource.block.attributes] if is_rule else inner:
            given = {name: value_of(each.value, _unknown) for name, each in attributes.items()}
            ports = (given.get("from_port"), given.get("to_port"))
            if _is_world(given) and ports not in ((80, 80), (443, 443)):
                line = min((each.line for each in attributes.values()), default=resource.line)
                shown = (
                    "all ports"
                    if given.get("protocol", given.get("ip_protocol")) == "-1"
                    else f"ports {ports[0]} to {ports[1]}"
                )
                message = f"{resource.address}: the internet reaches {shown}"
                place = Place(resource.locator, line=line)
                yield Finding("CLD108", place, message, f"{resource.address} {shown}")
