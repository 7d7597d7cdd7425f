"""CLD011: rights that lead to more rights."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.escalation import escalations
from hauberk.analysis.access.lint import allows_of, document, is_of_resource
from hauberk.core.errors import Undecided
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy


def _bad() -> bytes:
    return document(
        {
            "Effect": "Allow",
            "Action": ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
            "Resource": "*",
        }
    )


def _good() -> bytes:
    return document(
        {
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": "arn:aws:iam::111122223333:role/training",
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        }
    )


@rule(
    "CLD011",
    Severity.HIGH,
    persona="security",
    maps=["CWE-269", "CWE-250"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def privilege_escalation(view: IamPolicy) -> Iterator[Finding | Gap]:
    """The policy's rights lead to administration.

    Why: whoever has them can give themselves, or something that they run, any other right.
    Remediation: take the action away, limit its resources to what the principal may manage, or set
    a permissions boundary.
    Source: Published escalation methods (Rhino Security Labs, Bishop Fox); AWS IAM user guide.
    """
    if is_of_resource(view):
        return
    try:
        found = list(escalations(view))
    except Undecided as error:
        yield Gap(Place(view.locator), "undecided", str(error))
        return
    for each in found:
        line = next((one.line for one in allows_of(view)), 1)
        message = f"{each.title}: {' and '.join(each.actions)} on {each.resource}"
        yield Finding("CLD011", Place(view.locator, line=line), message, each.title)
