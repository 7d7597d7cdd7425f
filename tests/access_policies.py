"""Random policies and requests that meet: few names, all operators, so that the odd cases come often."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from hauberk.analysis.access.request import Request
from hauberk.formats.iam_policy import IamPolicy, read_iam_policy

ACTIONS = [
    "s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*", "*", "s3:*Object", "iam:PassRole", "iam:*",
    "s3:?etObject", "S3:getobject", "ec2:Describe*", "newsvc:Do",
]  # fmt: skip
RESOURCES = [
    "*", "arn:aws:s3:::b/*", "arn:aws:s3:::b", "arn:aws:s3:::b/a/*", "arn:aws:s3:::b/?/x", "arn:aws:s3:::*",
    "arn:aws:s3:::b/${aws:username}/*", "arn:*:s3:*:*:b*", "arn:aws:iam::111111111111:role/*",
    "arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}/*", "arn:aws:s3:::*/x", "arn:*",
]  # fmt: skip
TEAM, TAGS = "aws:PrincipalTag/team", "aws:TagKeys"
CONDITIONS: list[tuple[str, str, str | list[str]]] = [
    ("StringEquals", TEAM, ["a", "b"]), ("StringEquals", TEAM, "a"), ("StringNotEquals", TEAM, "a"),
    ("StringLike", TEAM, ["a*", "*b"]), ("StringNotLike", TEAM, ["a*", "b"]),
    ("StringEqualsIfExists", TEAM, "a"), ("StringEqualsIgnoreCase", TEAM, "A"),
    ("StringNotEqualsIgnoreCase", TEAM, ["A", "B"]), ("Null", TEAM, "true"), ("Null", TEAM, "false"),
    ("NumericLessThan", "s3:max-keys", "10"), ("NumericGreaterThanEquals", "s3:max-keys", ["10", "20"]),
    ("NumericNotEquals", "s3:max-keys", "10"), ("NumericEqualsIfExists", "s3:max-keys", "15"),
    ("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z"),
    ("DateGreaterThan", "aws:CurrentTime", "2025-06-01T00:00:00Z"),
    ("Bool", "aws:SecureTransport", "true"), ("Bool", "aws:SecureTransport", "false"),
    ("BoolIfExists", "aws:SecureTransport", "true"), ("Bool", "aws:SecureTransport", "public"),
    ("IpAddress", "aws:SourceIp", "10.0.0.0/8"), ("IpAddress", "aws:SourceIp", "2001:db8::/32"),
    ("IpAddress", "aws:SourceIp", ["10.1.0.0/16", "192.168.0.0/24"]),
    ("NotIpAddress", "aws:SourceIp", "10.1.0.0/16"),
    ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:111111111111:*"),
    ("ArnNotLike", "aws:SourceArn", "arn:aws:sns:us-*:*:*"),
    ("ArnEquals", "aws:SourceArn", "arn:aws:sns:us-east-1:111111111111:t"),
    ("ForAnyValue:StringEquals", TAGS, ["x", "y"]), ("ForAllValues:StringEquals", TAGS, ["x", "y"]),
    ("ForAllValues:StringNotEquals", TAGS, ["x"]), ("ForAnyValue:StringNotLike", TAGS, ["x*"]),
    ("ForAllValues:StringLike", TAGS, ["x*", "z"]), ("ForAnyValue:StringLikeIfExists", TAGS, "x*"),
    ("StringEquals", "aws:username", "${aws:PrincipalTag/team}"), ("StringEquals", TEAM, "${aws:username}"),
    ("StringLike", "aws:username", "a*"), ("StringNotEquals", "aws:username", ["a", "x"]),
    ("BinaryEquals", "s3:blob", "aGk="), ("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x*"),
    ("StringNotEquals", "aws:PrincipalAccount", ["111111111111"]),
    ("StringEquals", "aws:PrincipalAccount", "222222222222"), ("StringLike", "aws:userid", "${*}x${?}"),
]  # fmt: skip
ONE, TWO = "111111111111", "222222222222"
PRINCIPALS: list[Any] = [
    "*", {"AWS": "*"}, {"AWS": ONE}, {"AWS": f"arn:aws:iam::{ONE}:root"},
    {"AWS": [f"arn:aws:iam::{ONE}:role/x", f"arn:aws:iam::{TWO}:user/y"]},
    {"Service": "ec2.amazonaws.com"}, {"AWS": f"arn:aws:iam::{TWO}:role/x"},
    {"AWS": f"arn:aws:sts::{ONE}:assumed-role/x/sess"},
]  # fmt: skip
ASKED_ACTIONS = (
    "s3:GetObject", "s3:PutObject", "s3:ListBucket", "iam:PassRole", "ec2:DescribeInstances", "newsvc:Do",
    "iam:CreateUser", "s3:DeleteObject",
)  # fmt: skip
ASKED_RESOURCES = [
    "arn:aws:s3:::b/a/x", "arn:aws:s3:::b", "arn:aws:s3:::b/q", "arn:aws:s3:::c/x",
    f"arn:aws:iam::{ONE}:role/x", "*", "arn:aws:s3:us:1:b:x", "arn:aws:s3:::b/none/x", "arn:aws:sqs:::x",
]  # fmt: skip
WHO = [
    f"AWS:arn:aws:iam::{ONE}:role/x", f"AWS:arn:aws:iam::{TWO}:user/y", f"AWS:arn:aws:iam::{TWO}:role/z",
    f"AWS:arn:aws:iam::{ONE}:role/x sess", "AWS:anonymous", "Service:ec2.amazonaws.com",
]  # fmt: skip
CONTEXT = {
    "aws:principaltag/team": ["a", "b", "A", "ab", "c"],
    "s3:max-keys": ["5", "10", "15", "20", "30", "zz"],
    "aws:currenttime": ["2025-01-01T00:00:00Z", "2025-12-01T00:00:00Z", "2026-05-01T00:00:00Z"],
    "aws:securetransport": ["true", "false"],
    "aws:sourceip": ["10.0.0.1", "10.1.2.3", "192.168.0.9", "8.8.8.8", "2001:db8::1"],
    "aws:sourcearn": [
        f"arn:aws:sns:us-east-1:{ONE}:t", f"arn:aws:sns:eu-west-1:{ONE}:t:u", "arn:aws:s3:::b",
    ],
    "aws:username": ["a", "ab", "x", "b"],
    "s3:blob": ["aGk=", "aGh="],
    "aws:userid": ["*x?", "ax?"],
}  # fmt: skip

Written = dict[str, Any]


def statement(random: Random, of_resource: bool) -> Written:
    """One statement; with a principal if it belongs to a resource."""
    made: Written = {"Effect": random.choice(["Allow", "Allow", "Allow", "Deny"])}
    made["NotAction" if random.random() < 0.15 else "Action"] = some(random, ACTIONS)
    made["NotResource" if random.random() < 0.15 else "Resource"] = some(random, RESOURCES)
    if of_resource:
        made["NotPrincipal" if random.random() < 0.1 else "Principal"] = random.choice(PRINCIPALS)
    if random.random() < 0.6:
        conditions: dict[str, Any] = {}
        for _ in range(random.randint(1, 3)):
            operator, key, values = random.choice(CONDITIONS)
            conditions.setdefault(operator, {})[key] = values
        made["Condition"] = conditions
    return made


def some(random: Random, values: list[str]) -> str | list[str]:
    """One to three of the values, one of them also without a list."""
    chosen = [random.choice(values) for _ in range(random.randint(1, 3))]
    return chosen if len(chosen) > 1 or random.random() < 0.5 else chosen[0]


def policy(random: Random, of_resource: bool) -> Written:
    """One to four statements."""
    version = "2012-10-17" if random.random() < 0.9 else "2008-10-17"
    return {
        "Version": version,
        "Statement": [statement(random, of_resource) for _ in range(random.randint(1, 4))],
    }


def pair(random: Random) -> tuple[Written, Written]:
    """Two policies; in a third of cases the second is the first with one statement more or fewer."""
    of_resource = random.random() < 0.5
    one, other = policy(random, of_resource), policy(random, of_resource)
    if random.random() < 0.3:
        other = json.loads(json.dumps(one))
        if len(other["Statement"]) > 1 and random.random() < 0.5:
            other["Statement"].pop(random.randrange(len(other["Statement"])))
        else:
            other["Statement"].append(statement(random, of_resource))
    return one, other


def request(random: Random) -> Written:
    """One request, as the evaluator takes it."""
    context = {key: [random.choice(values)] for key, values in CONTEXT.items() if random.random() < 0.7}
    tags = random.sample(["x", "y", "z", "xx", "w"], random.randint(0, 3))
    if tags:
        context["aws:tagkeys"] = tags
    return {
        "action": random.choice(ASKED_ACTIONS),
        "resource": random.choice(ASKED_RESOURCES),
        "principal": random.choice(WHO),
        "context": context,
    }


def read(written: Written, name: str = "") -> IamPolicy:
    """The policy as the engine takes it."""
    return read_iam_policy(json.dumps(written).encode(), name)


def as_request(written: Written) -> Request:
    """The request as the engine takes it."""
    context = {key: tuple(values) for key, values in written["context"].items()}
    return Request(written["action"], written["resource"], written["principal"], context)


def as_written(asked: Request) -> Written:
    """The request as the evaluator takes it."""
    context = {key: list(values) for key, values in asked.context.items()}
    return {
        "action": asked.action, "resource": asked.resource, "principal": asked.principal, "context": context,
    }  # fmt: skip
