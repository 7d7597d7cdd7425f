"""CLD016: a policy variable in a version that has none."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import document
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy


def _bad() -> bytes:
    return document(
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/${aws:username}/*"},
        version="2008-10-17",
    )


def _good() -> bytes:
    return document(
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/${aws:username}/*"}
    )


@rule(
    "CLD016",
    Severity.MEDIUM,
    persona="security",
    maps=["CWE-863"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def inert_variable(view: IamPolicy) -> Iterator[Finding]:
    """The policy variable is plain text in this version.

    Why: ${aws:username} then stands for itself: the statement matches nothing, or a name that
    somebody makes up.
    Remediation: set "Version": "2012-10-17".
    Source: AWS IAM user guide, policy variables; Version.
    """
    if view.has_variables:
        return
    for statement in view.statements:
        values = statement.resources.values if statement.resources is not None else ()
        written = [*values, *(text for each in statement.conditions for text in each.values)]
        found = next((text for text in written if "${" in text), None)
        if found is not None:
            message = f"{statement.name}: {found[:100]} is text in version {view.version}, not a variable"
            yield Finding("CLD016", Place(view.locator, line=statement.line), message, found)
