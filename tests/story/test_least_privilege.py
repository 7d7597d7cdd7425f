"""The training role: a policy that reads well and is faulty, mended, and proven; then a whole account."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner
from moto.server import ThreadedMotoServer

import hauberk
from hauberk.cli.access import command
from tests.s3 import KEYS

ROLE = "arn:aws:iam::111122223333:role/training"
PERIMETER = {
    "StringEquals": {"aws:ResourceAccount": "111122223333", "aws:SourceVpce": "vpce-0a1b2c3d4e5f67890"},
    "Bool": {"aws:SecureTransport": "true"},
}
SOURCE, OUTPUT = "arn:aws:s3:::corpus-2026", "arn:aws:s3:::weights-2026/runs/*"


def written(tmp_path: Path, name: str, *statements: dict[str, Any]) -> str:
    path = tmp_path / name
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2))
    return str(path)


def faulty(tmp_path: Path) -> str:
    return written(
        tmp_path, "role.json",
        {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"],
         "Resource": [SOURCE, SOURCE + "/*"]},
        {"Sid": "Write", "Effect": "Allow", "Action": "s3:PutObject", "Resource": OUTPUT},
        {"Sid": "NoPublic", "Effect": "Deny", "Action": "s3:*", "Resource": "*",
         "Condition": {"Bool": {"s3:x-amz-acl": "public-read"}}},
    )  # fmt: skip


def mended(tmp_path: Path) -> str:
    kms = {"s3:x-amz-server-side-encryption": "aws:kms", **PERIMETER["StringEquals"]}
    return written(
        tmp_path, "mended.json",
        {"Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": SOURCE,
         "Condition": {**PERIMETER, "StringLike": {"s3:prefix": "train/*"}}},
        {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": SOURCE + "/*",
         "Condition": PERIMETER},
        {"Sid": "Write", "Effect": "Allow", "Action": "s3:PutObject", "Resource": OUTPUT,
         "Condition": {**PERIMETER, "StringEquals": kms, "Null": {"s3:if-none-match": "false"}}},
        {"Sid": "NoPublic", "Effect": "Deny", "Action": "s3:*", "Resource": "*",
         "Condition": {"StringLike": {"s3:x-amz-acl": ["public-*", "authenticated-read"]}}},
        {"Sid": "NoGrants", "Effect": "Deny", "Action": "s3:*", "Resource": "*",
         "Condition": {"Null": {"s3:x-amz-grant-read": "false"}}},
    )  # fmt: skip


def ask(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, list(arguments), standalone_mode=False)
    assert result.exception is None, result.exception
    return result.return_value, result.stdout


def test_every_fault_of_the_policy_is_named(tmp_path: Path) -> None:
    found = {each.rule for each in hauberk.scan(faulty(tmp_path)).findings}
    assert found == {
        "CLD001",  # the denial matches nothing
        "CLD004",  # reading objects of a bucket's ARN, listing an object
        "CLD005",  # Bool for a text
        "CLD006",  # other public ACLs and the grant headers
        "CLD007",  # whose bucket?
        "CLD008",  # the whole bucket is listed
        "CLD009",  # plain HTTP
        "CLD017",  # S3's own key
        "CLD018",  # results are overwritten
        "CLD021",  # from every network
    }


def test_the_mended_policy_is_clean_and_proven(tmp_path: Path) -> None:
    report = hauberk.scan(mended(tmp_path))
    assert not report.findings
    assert not report.gaps
    code, words = ask("compare", mended(tmp_path), faulty(tmp_path))
    assert (code, "is no broader than" in words) == (0, True)
    code, words = ask("compare", faulty(tmp_path), mended(tmp_path))
    assert (code, "is broader than" in words) == (1, True)


def test_the_role_writes_under_one_prefix_only(tmp_path: Path) -> None:
    elsewhere = written(
        tmp_path, "elsewhere.json",
        {"Effect": "Allow", "NotAction": ["s3:Put*", "s3:Delete*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": OUTPUT},
    )  # fmt: skip
    assert ask("compare", mended(tmp_path), elsewhere)[0] == 0
    assert ask("can", ROLE, "s3:PutObject", OUTPUT, "-p", mended(tmp_path))[0] == 0
    assert (
        ask("can", ROLE, "s3:PutObject", "arn:aws:s3:::weights-2026/released/*", "-p", mended(tmp_path))[0]
        == 1
    )
    assert ask("can", ROLE, "s3:Delete*", "*", "-p", mended(tmp_path))[0] == 1


def test_nobody_outside_reads_the_lake(tmp_path: Path) -> None:
    lake = ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]
    open_to_all = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": lake[1]}
    only_ours = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": lake,
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}},
    }  # fmt: skip
    shared, closed = (
        written(tmp_path, "a.json", open_to_all),
        written(tmp_path, "b.json", open_to_all, only_ours),
    )
    code, words = ask("public", shared, "--inside", "111122223333")
    assert (code, "let in: AWS:" in words) == (1, True)
    assert ask("public", closed, "--inside", "111122223333")[0] == 0
    assert ask("public", closed)[0] == 0


@contextmanager
def iam() -> Iterator[Any]:
    """A client of a real server that speaks AWS's protocol, on loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    try:
        yield boto3.client(
            "iam", endpoint_url=f"http://{host}:{port}", region_name=KEYS["AWS_DEFAULT_REGION"], **keys
        )
    finally:
        server.stop()


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the account's own interface says, as `aws iam get-account-authorization-details` prints it."""
    path = tmp_path_factory.mktemp("account") / "details.json"
    service = {"Service": "sagemaker.amazonaws.com"}
    trust = _document({"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"})
    with iam() as client:
        whole = _document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
        reads = _document({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"})
        limit = client.create_policy(PolicyName="reads", PolicyDocument=reads)["Policy"]["Arn"]
        wide = client.create_policy(PolicyName="whole", PolicyDocument=whole)["Policy"]["Arn"]
        client.create_role(RoleName="writer", AssumeRolePolicyDocument=trust)
        client.attach_role_policy(RoleName="writer", PolicyArn=wide)
        client.create_role(RoleName="bounded", AssumeRolePolicyDocument=trust, PermissionsBoundary=limit)
        client.attach_role_policy(RoleName="bounded", PolicyArn=wide)
        client.create_group(GroupName="people")
        client.put_group_policy(GroupName="people", PolicyName="inline", PolicyDocument=whole)
        client.create_user(UserName="ada")
        client.add_user_to_group(GroupName="people", UserName="ada")
        client.create_user(UserName="guest")
        pages = client.get_paginator("get_account_authorization_details").paginate()
        path.write_text(json.dumps(pages.build_full_result(), default=str))
    return str(path)


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def test_who_of_the_account_can(account: str) -> None:
    code, out = ask("who-can", "s3:PutObject", "arn:aws:s3:::weights/*", "--account", account)
    assert code == 0
    assert {line.split()[0].rpartition("/")[2] for line in out.splitlines() if line.startswith("arn:")} == {
        "writer",
        "ada",
    }
    assert ask("can", "bounded", "s3:GetObject", "*", "--account", account)[0] == 0
    assert ask("can", "bounded", "s3:PutObject", "*", "--account", account)[0] == 1
    assert ask("can", "guest", "*", "*", "--account", account)[0] == 1


def test_a_control_policy_stops_even_those(account: str, tmp_path: Path) -> None:
    control = written(
        tmp_path, "control.json",
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"},
    )  # fmt: skip
    code, out = ask("who-can", "s3:PutObject", "*", "--account", account, "--control", control, "--json")
    assert (code, json.loads(out)) == (0, [])


def event(call: str, bucket: str, key: str = "", error: str = "") -> dict[str, Any]:
    asked = {"bucketName": bucket, **({"key": key} if key else {})}
    return {
        "eventSource": "s3.amazonaws.com",
        "eventName": call,
        "requestParameters": asked,
        "errorCode": error,
    }


def test_the_least_policy_for_what_was_used(tmp_path: Path) -> None:
    wide = written(
        tmp_path, "wide.json",
        {"Sid": "All", "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": PERIMETER},
        {"Sid": "Never", "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"},
    )  # fmt: skip
    events = tmp_path / "events.json.gz"
    calls = [event("GetObject", "corpus", f"train/{n}.parquet") for n in range(5)]
    calls += [event("ListObjectsV2", "corpus"), event("PutObject", "weights", "run/model.safetensors")]
    calls += [
        event("DeleteObject", "corpus", "train/0.parquet"),
        event("GetObject", "secret", "x", "AccessDenied"),
    ]
    events.write_bytes(gzip.compress(json.dumps({"Records": calls}).encode()))
    result = CliRunner().invoke(command, ["minimize", wide, "--used", str(events)], standalone_mode=False)
    assert result.return_value == 0
    assert "proven: no broader than before" in result.stderr
    assert "used, and not allowed by these policies: s3:DeleteObject" in result.stderr
    least = json.loads(result.stdout)
    allowed = [(each["Action"], each["Resource"]) for each in least["Statement"] if each["Effect"] == "Allow"]
    assert allowed == [
        (["s3:GetObject"], ["arn:aws:s3:::corpus/train/*"]),
        (["s3:ListBucket"], ["arn:aws:s3:::corpus"]),
        (["s3:PutObject"], ["arn:aws:s3:::weights/run/model.safetensors"]),
    ]
    assert all(each["Condition"] for each in least["Statement"] if each["Effect"] == "Allow")
    assert [each["Sid"] for each in least["Statement"] if each["Effect"] == "Deny"] == ["Never"]
