"""CLD014: a service is let in for everybody's sake."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import allows_of, document, is_of_resource, is_trust
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy

# A condition on one of these says for whom the service acts.
SOURCES = frozenset(
    {
        "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "kms:calleraccount",
        "aws:principalorgid",
    }
)  # fmt: skip


def _bad() -> bytes:
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "arn:aws:sqs:eu-west-1:111122223333:q",
        }
    )


def _good() -> bytes:
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "arn:aws:sqs:eu-west-1:111122223333:q",
            "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:t"}},
        }
    )


@rule(
    "CLD014",
    Severity.MEDIUM,
    persona="security",
    maps=["CWE-441", "CWE-863"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def confused_deputy(view: IamPolicy) -> Iterator[Finding]:
    """The policy lets an AWS service in, whoever it acts for.

    Why: any customer of that service can have it read or write this resource (the confused deputy).
    Remediation: add aws:SourceArn or aws:SourceAccount (aws:SourceOrgID) with your own.
    Source: AWS IAM user guide, the confused deputy problem.
    """
    if not is_of_resource(view) or is_trust(view):
        return
    for statement in allows_of(view):
        named = statement.principals.named if statement.principals is not None else ()
        services = [name for kind, name in named if kind == "Service"]
        if services and not any(each.key.lower() in SOURCES for each in statement.conditions):
            message = f"{statement.name} lets {services[0]} in for whoever asks it to"
            yield Finding("CLD014", Place(view.locator, line=statement.line), message, services[0])
