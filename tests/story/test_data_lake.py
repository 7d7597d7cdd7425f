"""A data lake in Terraform: it reads as if it were safe, and is not; then it is mended, and proven."""

from pathlib import Path

import hauberk
from hauberk.analysis.access.layers import is_public, reached_from_outside
from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.formats.iam_policy import IamPolicy
from hauberk.formats.terraform.module import TerraformModule, read

FAULTY = """
resource "aws_s3_bucket" "corpus" {
  bucket = "corpus-2026"

  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm = "AES256"
      }
    }
  }
  versioning {
    enabled = true
  }
  # Nobody from outside gets in.
  bucket_public_access_block {
    block_public_acls   = true
    block_public_policy = true
  }
}

resource "aws_s3_bucket_policy" "corpus" {
  bucket = aws_s3_bucket.corpus.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Encrypted"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.corpus.arn}/*"
        Condition = { StringNotEquals = { "s3:x-amz-server-side-encryption" = "AES256" } }
      },
      {
        Sid       = "Transport"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:GetObject"
        Resource  = "${aws_s3_bucket.corpus.arn}/*"
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}
"""
BUCKET = """
variable "account" {
  default = "111122223333"
}

locals {
  lake = [aws_s3_bucket.corpus.arn, "${aws_s3_bucket.corpus.arn}/*"]
}

resource "aws_s3_bucket" "corpus" {
  bucket = "corpus-2026"
}

resource "aws_kms_key" "corpus" {
  enable_key_rotation = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "corpus" {
  bucket = aws_s3_bucket.corpus.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.corpus.arn
    }
  }
}

resource "aws_s3_bucket_versioning" "corpus" {
  bucket = aws_s3_bucket.corpus.id
  versioning_configuration {
    status = "Enabled"
  }
}
"""
ACCESS = """
resource "aws_s3_bucket_public_access_block" "corpus" {
  bucket                  = aws_s3_bucket.corpus.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_logging" "corpus" {
  bucket        = aws_s3_bucket.corpus.id
  target_bucket = "logs-2026"
  target_prefix = "corpus/"
}

data "aws_iam_policy_document" "corpus" {
  statement {
    sid       = "Readers"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.corpus.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.account}:role/training"]
    }
  }
  statement {
    sid       = "Transport"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = local.lake
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "corpus" {
  bucket = aws_s3_bucket.corpus.id
  policy = data.aws_iam_policy_document.corpus.json
}
"""


def test_every_fault_of_the_lake_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(FAULTY)
    found = {(each.rule, each.place.line) for each in hauberk.scan(tmp_path).findings}
    assert found == {
        ("CLD019", 36),  # plain HTTP is refused for reading alone
        ("CLD020", 28),  # uploads without the header fail, and those with a better key
        ("CLD100", 2),  # no public access block
        ("CLD101", 16),  # what should be one sets nothing
        ("CLD102", 5),  # deprecated blocks
        ("CLD103", 2),  # S3's own key
        ("CLD105", 2),  # nobody records reads
    }


def test_the_mended_lake_is_clean(tmp_path: Path) -> None:
    (tmp_path / "bucket.tf").write_text(BUCKET)
    (tmp_path / "access.tf").write_text(ACCESS)
    report = hauberk.scan(tmp_path)
    assert not report.findings
    assert not report.gaps


def test_nobody_outside_the_account_reads_it() -> None:
    policy = lake_policy()
    assert is_public(policy).holds is False
    assert reached_from_outside(policy, ["111122223333"]).holds is False
    assert reached_from_outside(policy, ["444455556666"]).holds is True


def lake_policy() -> IamPolicy:
    files = {"bucket.tf": Bytes(BUCKET.encode()), "access.tf": Bytes(ACCESS.encode())}
    readings = list(read(Asset(".", Bytes(b""), Kind.FOLDER, files=files)))
    module = next(each for each in readings if isinstance(each, TerraformModule))
    return next(policy for resource, policy in module.policies if resource.type == "aws_s3_bucket_policy")


def test_other_values_given_beside_the_module_count(tmp_path: Path) -> None:
    (tmp_path / "bucket.tf").write_text(BUCKET)
    (tmp_path / "access.tf").write_text(ACCESS)
    (tmp_path / "terraform.tfvars").write_text('account = "*"\n')
    rules = {each.rule for each in hauberk.scan(tmp_path).findings}
    assert not rules & {"CLD012"}  # a wildcard inside of a principal's ARN is no wildcard to AWS
