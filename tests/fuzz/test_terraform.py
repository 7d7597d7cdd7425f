"""Terraform: whatever the text, it is read, refused with a line, or a gap; never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hauberk
from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.errors import Malformed, OverBudget
from hauberk.formats.terraform.module import read
from hauberk.formats.terraform.syntax import blocks

PIECES = st.sampled_from(
    [
        'resource "aws_s3_bucket" "a" {', "}", "{", "[", "]", "(", ")", "=", "\n", '"', "${", "%{", "bucket",
        "<<EOF\n", "EOF\n", '"${var.x}"', "jsonencode(", "for", ":", "=>", "...", ",", "1.5", "true", "null",
        "var.x[0].y", "policy", "/*", "*/", "# c\n", "\\", "? 1 : 2", "dynamic", "\t", "é", "\0",
        'variable "x" { default = var.x }',
    ]
)  # fmt: skip

BUCKET = 'resource "aws_s3_bucket" "x" {\n bucket = local.a\n}\n'


@given(st.lists(PIECES, max_size=60).map(" ".join) | st.text(max_size=80))
@settings(max_examples=300)
def test_whatever_text_is_read_or_refused(text: str) -> None:
    try:
        blocks(text)
    except (Malformed, OverBudget) as error:
        assert "line" in str(error) or isinstance(error, OverBudget)
    list(read(Asset(".", Bytes(b""), Kind.FOLDER, files={"main.tf": Bytes(text.encode("utf-8", "replace"))})))


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 10_000,
        "a " + "{ b " * 10_000,
        'a = "' + "${" * 5_000,
        "a = " + "(" * 5_000 + ")" * 5_000,
        "locals {\n a = local.b\n b = local.a\n}\n" + BUCKET,
        "locals {\n a = [local.b, local.b]\n b = [local.a, local.a]\n}\n" + BUCKET,
        "locals {\n"
        + "".join(f" a{n} = [local.a{n + 1}, local.a{n + 1}]\n" for n in range(40))
        + " a = local.a0\n}\n"
        + BUCKET,
    ],
    ids=["lists", "blocks", "insertions", "brackets", "circle", "doubling-circle", "doubling"],
)
def test_what_nests_or_turns_in_circles_ends(text: str, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(text)
    hauberk.scan(tmp_path)


def test_a_broken_file_is_a_gap_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "a" {\n  bucket = \n}\n')
    report = hauberk.scan(tmp_path)
    assert [each.reason for each in report.gaps] == ["malformed"]
    assert "line 2" in report.gaps[0].message


def test_what_is_known_only_after_apply_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'variable "names" {}\nresource "aws_iam_policy" "p" {\n'
        '  policy = jsonencode({\n    Version = "2012-10-17"\n'
        '    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = var.names }]\n  })\n}\n'
    )
    report = hauberk.scan(tmp_path)
    assert [(each.reason, each.place.line) for each in report.gaps] == [("unknown-value", 3)]
