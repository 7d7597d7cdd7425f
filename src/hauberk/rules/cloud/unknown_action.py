"""CLD003: an action that no service has."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.actions import actions
from hauberk.analysis.access.lint import document
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy


def _bad() -> bytes:
    return document({"Effect": "Deny", "Action": "s3:DeleteObjects", "Resource": "*"})


def _good() -> bytes:
    return document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"})


@rule(
    "CLD003",
    Severity.MEDIUM,
    persona="security",
    maps=["CWE-863"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def unknown_action(view: IamPolicy) -> Iterator[Finding]:
    """The policy names an action that does not exist.

    Why: a misspelt action is not allowed, or worse, not denied.
    Remediation: correct the name; if the service is newer than the table, accept the finding until
    the table is updated.
    Source: AWS Service Authorization Reference.
    """
    table = actions()
    for statement in view.statements:
        for each in statement.actions.values:
            service = each.partition(":")[0]
            if table.mask(each) or each == "*":
                continue
            known = "no such action" if table.knows_service(service) else "no such service"
            message = f"{statement.name} names {each[:100]}, and the table of {table.date} has {known}"
            severity = None if table.knows_service(service) else Severity.LOW
            yield Finding("CLD003", Place(view.locator, line=statement.line), message, each, severity)
