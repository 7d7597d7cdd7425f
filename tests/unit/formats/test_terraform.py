"""Modules, plans and states: the same resources, however they are told."""

import json
from pathlib import Path
from typing import Any

import pytest

import hauberk
from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.errors import Malformed
from hauberk.formats.terraform.module import TerraformModule, read
from hauberk.formats.terraform.syntax import Opaque, Reference, Template, blocks

EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}
OPEN = {"Version": "2012-10-17", "Statement": [EVERYBODY]}


def module(**files: str) -> TerraformModule:
    held = {f"{name}.tf": Bytes(text.encode()) for name, text in files.items()}
    readings = list(read(Asset(".", Bytes(b""), Kind.FOLDER, files=held)))
    return next(each for each in readings if isinstance(each, TerraformModule))


def test_names_are_worked_out_across_files() -> None:
    found = module(
        a='locals {\n  name = "${var.prefix}-lake"\n}\n',
        b='variable "prefix" { default = "acme" }\nresource "aws_s3_bucket" "x" {\n bucket = local.name\n}',
        c='resource "aws_s3_bucket_policy" "x" {\n  bucket = aws_s3_bucket.x.id\n}\n',
    )
    bucket, policy = found.all("aws_s3_bucket")[0], found.all("aws_s3_bucket_policy")[0]
    assert bucket.arguments["bucket"] == policy.arguments["bucket"] == "acme-lake"
    assert found.about(bucket, "aws_s3_bucket_policy") == (policy,)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("1.5", 1.5), ("true", True), ("null", None), ('"a\\n\\u00e9"', "a\né"),
        ('"$${x}"', "${x}"),
        ("[1, 2,\n 3]", (1, 2, 3)), ("a.b.c", Reference(("a", "b", "c"))),
        ('a["b"].c', Reference(("a", "b", "c"))), ('"${a.b}"', Reference(("a", "b"))),
        ('"x-${a.b}"', Template(("x-", Reference(("a", "b"))))), ("a ? b : c", Opaque("a ? b : c")),
        ("a.*.id", Reference(("a", "*", "id"))), ("[for x in y : x]", Opaque("[ for x in y : x ]")),
        ("<<-EOT\n    one\n      two\n    EOT", "one\n  two\n"), ("1 +\n 2", Opaque("1 + 2")),
    ],
)  # fmt: skip
def test_expressions(text: str, value: Any) -> None:
    (block,) = blocks(f"locals {{\n  it = {text}\n}}\n")
    assert block.attributes["it"].value == value


@pytest.mark.parametrize(
    ("text", "line"),
    [('a {\n b = "\n}', 2), ("a {\n", 2), ("a {\n b = \n}", 2), ("a = <<E\nx", 1), ("\n\na }", 3),
     ("a { b = 1 c = 2 }", 1)],
)  # fmt: skip
def test_what_is_broken_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(Malformed, match=f"line {line}"):
        blocks(text)


def plan(values: dict[str, Any], unknown: dict[str, Any] | None = None) -> bytes:
    resource = {
        "address": "aws_s3_bucket_policy.x",
        "mode": "managed",
        "type": "aws_s3_bucket_policy",
        "name": "x",
    }
    change = {**resource, "change": {"actions": ["create"], "after_unknown": unknown or {}}}
    planned = {"root_module": {"child_modules": [{"resources": [{**resource, "values": values}]}]}}
    told = {"terraform_version": "1.9.0", "resource_changes": [change], "planned_values": planned}
    return json.dumps(told).encode()


def state() -> bytes:
    instance = {"attributes": {"bucket": "lake", "policy": json.dumps(OPEN)}}
    resource = {"mode": "managed", "type": "aws_s3_bucket_policy", "name": "x", "instances": [instance]}
    return json.dumps({"version": 4, "terraform_version": "1.9.0", "resources": [resource]}).encode()


@pytest.mark.parametrize(
    ("name", "octets"),
    [("plan.json", plan({"bucket": "lake", "policy": json.dumps(OPEN)})), ("terraform.tfstate", state())],
)
def test_plans_and_states_are_judged_as_modules_are(tmp_path: Path, name: str, octets: bytes) -> None:
    (tmp_path / name).write_bytes(octets)
    assert "CLD012" in {each.rule for each in hauberk.scan(tmp_path / name).findings}


def test_a_policy_that_is_known_after_apply_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(plan({"bucket": "lake"}, {"policy": True}))
    assert [each.reason for each in hauberk.scan(tmp_path).gaps] == ["unknown-value"]


def test_a_folder_of_terraform_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('output "x" {\n  value = 1\n}\n')
    assert not hauberk.scan(tmp_path).findings
