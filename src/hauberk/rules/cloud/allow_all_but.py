"""CLD013: an allow with NotAction, NotResource or NotPrincipal."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import allows_of, document
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy


def _bad() -> bytes:
    return document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})


def _good() -> bytes:
    return document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"})


@rule(
    "CLD013",
    Severity.MEDIUM,
    persona="security",
    maps=["CWE-250", "CWE-284"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def allow_all_but(view: IamPolicy) -> Iterator[Finding]:
    """The statement allows all but a few.

    Why: what AWS adds next year is allowed from the first day.
    Remediation: name what is needed with Action, Resource and Principal.
    Source: AWS IAM user guide, NotAction, NotResource and NotPrincipal with Allow.
    """
    for statement in allows_of(view):
        elements = {
            "NotAction": statement.actions.is_negated,
            "NotResource": statement.resources is not None and statement.resources.is_negated,
            "NotPrincipal": statement.principals is not None and statement.principals.is_negated,
        }
        for name in (each for each, is_negated in elements.items() if is_negated):
            severity = Severity.HIGH if name == "NotPrincipal" else None
            message = f"{statement.name} allows with {name}: all but what it names"
            place = Place(view.locator, line=statement.line)
            yield Finding("CLD013", place, message, f"{statement.name} {name}", severity)
