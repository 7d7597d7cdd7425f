"""CLD010: everything on everything."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import EVERYTHING, allows_of, document, is_of_resource
from hauberk.analysis.access.questions import no_broader
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy


def _bad() -> bytes:
    return document({"Effect": "Allow", "Action": "*", "Resource": "*"})


def _good() -> bytes:
    return document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"})


@rule(
    "CLD010",
    Severity.HIGH,
    persona="security",
    maps=["CWE-250", "CWE-269", "AISVS-1.0:5.2.1"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def everything_allowed(view: IamPolicy) -> Iterator[Finding]:
    """The policy allows every action on every resource.

    Why: whoever takes one process of it has the account.
    Remediation: name the actions and resources that are needed; hauberk access compare proves that
    the new policy is no broader.
    Source: AWS IAM user guide, least privilege.
    """
    if is_of_resource(view):
        return
    whole = no_broader([EVERYTHING], [view])
    if whole.holds:
        line = next((each.line for each in allows_of(view) if "*" in each.actions.values), 1)
        yield Finding("CLD010", Place(view.locator, line=line), "allows every action on every resource", "*")
