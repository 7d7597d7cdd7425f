"""Every published method is found, alone and through wildcards; roles that need little are left in peace."""

from typing import Any

import pytest

from hauberk.analysis.access.escalation import METHODS, Method, escalations
from tests import access_policies as policies

LEAST: list[list[dict[str, Any]]] = [
    [{"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::d", "arn:aws:s3:::d/*"]}],
    [{"Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/train",
      "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}},
     {"Action": ["sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob"], "Resource": "*"}],
    [{"Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/reader"}],
    [{"Action": ["iam:CreateAccessKey", "iam:DeleteAccessKey"],
      "Resource": "arn:aws:iam::*:user/${aws:username}"}],
    [{"Action": ["logs:*", "cloudwatch:PutMetricData", "ecr:GetAuthorizationToken"], "Resource": "*"}],
    [{"Action": ["bedrock:InvokeModel"], "Resource": "arn:aws:bedrock:eu-west-1::foundation-model/*"}],
    [{"Action": "lambda:UpdateFunctionCode",
      "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:api"}],
    [{"Action": ["ec2:Describe*", "ec2:RunInstances"], "Resource": "*"}],
]  # fmt: skip


def found(*statements: dict[str, Any]) -> set[str]:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}
    return {each.title for each in escalations(policies.read(document))}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.title)
def test_a_method_is_found(method: Method) -> None:
    assert method.title in found({"Action": list(method.actions), "Resource": "*"})
    wide = [action[: action.index(":") + 4] + "*" for action in method.actions]
    assert method.title in found({"Action": wide, "Resource": "*"})


@pytest.mark.parametrize("statements", LEAST)
def test_little_is_no_escalation(statements: list[dict[str, Any]]) -> None:
    assert found(*statements) == set()


def test_a_denial_takes_the_method_away() -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
            {"Effect": "Deny", "NotAction": ["iam:Get*", "iam:List*"], "Resource": "*"},
        ],
    }
    assert not list(escalations(policies.read(document)))
