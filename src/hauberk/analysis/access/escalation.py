"""Rights that lead to more rights: the published methods, each decided by the engine.

Source: Rhino Security Labs, "AWS IAM privilege escalation"; Bishop Fox, "IAM Vulnerable"; our own list
of services that run code with a role that is passed to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.analysis.access.atoms import Clauses, Is, Literal
from hauberk.analysis.access.globs import text_glob
from hauberk.analysis.access.lint import allowed_with
from hauberk.formats.iam_policy import IamPolicy


@dataclass(frozen=True, slots=True)
class Method:
    """Every one of the actions is needed, the first on `resource`, which no honest limit leaves open."""

    title: str
    actions: tuple[str, ...]
    resource: str = ""


ACCOUNT = "000000000000"
# A name that no policy means: whoever may act on this role or user may act on any.
ANY_ROLE = "arn:aws:iam::ACCOUNT:role/hauberk-any-role"
ANY_USER = "arn:aws:iam::ACCOUNT:user/hauberk-any-user"
ANY_GROUP = "arn:aws:iam::ACCOUNT:group/hauberk-any-group"
ANY_POLICY = "arn:aws:iam::ACCOUNT:policy/hauberk-any-policy"
# Whoever may act on themselves gains nothing.
NOT_ITSELF: Clauses = ((Literal(Is("aws:username", text_glob("hauberk-any-user")), False),),)
# Services that run what the caller gives them, with the role that the caller passes.
RUNNERS = (
    ("EC2 instance", "ec2:RunInstances"),
    ("Lambda function", "lambda:CreateFunction"),
    ("Glue job", "glue:CreateJob"),
    ("Glue endpoint", "glue:CreateDevEndpoint"),
    ("Glue session", "glue:CreateSession"),
    ("CloudFormation stack", "cloudformation:CreateStack"),
    ("CloudFormation stack set", "cloudformation:CreateStackSet"),
    ("Data Pipeline", "datapipeline:CreatePipeline"),
    ("SageMaker notebook", "sagemaker:CreateNotebookInstance"),
    ("SageMaker training job", "sagemaker:CreateTrainingJob"),
    ("SageMaker processing job", "sagemaker:CreateProcessingJob"),
    ("SageMaker domain user", "sagemaker:CreateUserProfile"),
    ("CodeBuild project", "codebuild:CreateProject"),
    ("CodeStar project", "codestar:CreateProject"),
    ("ECS task", "ecs:RegisterTaskDefinition"),
    ("Batch job", "batch:RegisterJobDefinition"),
    ("EMR cluster", "elasticmapreduce:RunJobFlow"),
    ("Step Functions machine", "states:CreateStateMachine"),
    ("EventBridge schedule", "scheduler:CreateSchedule"),
    ("App Runner service", "apprunner:CreateService"),
    ("Bedrock agent", "bedrock:CreateAgent"),
    ("Bedrock AgentCore runtime", "bedrock-agentcore:CreateCodeInterpreter"),
    ("SSM automation", "ssm:StartAutomationExecution"),
    ("Image Builder", "imagebuilder:CreateInfrastructureConfiguration"),
)
METHODS = (
    Method("a new version of a policy", ("iam:CreatePolicyVersion",), ANY_POLICY),
    Method("another default version of a policy", ("iam:SetDefaultPolicyVersion",), ANY_POLICY),
    Method("access keys of another user", ("iam:CreateAccessKey",), ANY_USER),
    Method("a password for another user", ("iam:CreateLoginProfile",), ANY_USER),
    Method("another user's password changed", ("iam:UpdateLoginProfile",), ANY_USER),
    Method("a policy attached to a user", ("iam:AttachUserPolicy",), ANY_USER),
    Method("a policy attached to a group", ("iam:AttachGroupPolicy",), ANY_GROUP),
    Method("a policy attached to a role", ("iam:AttachRolePolicy",), ANY_ROLE),
    Method("a policy written into a user", ("iam:PutUserPolicy",), ANY_USER),
    Method("a policy written into a group", ("iam:PutGroupPolicy",), ANY_GROUP),
    Method("a policy written into a role", ("iam:PutRolePolicy",), ANY_ROLE),
    Method("joining any group", ("iam:AddUserToGroup",), ANY_GROUP),
    Method("a role's trust changed", ("iam:UpdateAssumeRolePolicy",), ANY_ROLE),
    Method("a user's boundary taken away", ("iam:DeleteUserPermissionsBoundary",), ANY_USER),
    Method("a role's boundary taken away", ("iam:DeleteRolePermissionsBoundary",), ANY_ROLE),
    Method("every role taken", ("sts:AssumeRole",), ANY_ROLE),
    Method("a service credential of another user", ("iam:CreateServiceSpecificCredential",), ANY_USER),
    Method("code of any function changed", ("lambda:UpdateFunctionCode",),
           "arn:aws:lambda:*:*:function:hauberk-any"),
    Method("a notebook of others opened", ("sagemaker:CreatePresignedNotebookInstanceUrl",),
           "arn:aws:sagemaker:*:*:notebook-instance/hauberk-any"),
    Method("commands on any machine", ("ssm:SendCommand",), "arn:aws:ec2:*:*:instance/i-hauberk-any"),
    Method("a session on any machine", ("ssm:StartSession",), "arn:aws:ec2:*:*:instance/i-hauberk-any"),
    Method("a stack changed that has a role", ("cloudformation:UpdateStack",),
           "arn:aws:cloudformation:*:*:stack/hauberk-any/1"),
    Method("a Glue endpoint's key changed", ("glue:UpdateDevEndpoint",),
           "arn:aws:glue:*:*:devEndpoint/hauberk-any"),
    Method("the start script of any machine changed", ("ec2:ModifyInstanceAttribute",),
           "arn:aws:ec2:*:*:instance/i-hauberk-any"),
    Method("any build started with other commands", ("codebuild:StartBuild",),
           "arn:aws:codebuild:*:*:project/hauberk-any"),
    Method("a key used by whom its grants name", ("kms:CreateGrant",), "arn:aws:kms:*:*:key/hauberk-any"),
    *(Method(f"any role passed to a {what}", ("iam:PassRole", action), ANY_ROLE) for what, action in RUNNERS),
)  # fmt: skip


def escalations(policy: IamPolicy) -> Iterator[Method]:
    """The methods that the policy's rights are enough for. Raises Undecided."""
    accounts = _accounts(policy)
    for method in METHODS:
        first, *others = method.actions
        resources = {method.resource.replace("ACCOUNT", each) for each in accounts}
        if all(allowed_with(policy, (first,), NOT_ITSELF, each) is None for each in sorted(resources)):
            continue
        if all(allowed_with(policy, (each,)) is not None for each in others):
            yield method


def _accounts(policy: IamPolicy) -> list[str]:
    """The accounts that the policy names, and one that it does not."""
    written = (
        value for each in policy.statements if each.resources is not None for value in each.resources.values
    )
    return sorted({ACCOUNT, *(number for each in written for number in re.findall(r":(\d{12}):", each))})
