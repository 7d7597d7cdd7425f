"""CLD001: a statement that no request fits, or that others deny."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import document, fates, impossible_conditions
from hauberk.analysis.access.questions import Fate
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import Effect, IamPolicy


def _bad() -> bytes:
    return document(
        {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"s3:x-amz-acl": "public-read"}},
        }
    )


def _good() -> bytes:
    return document(
        {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "public-read"}},
        }
    )


@rule(
    "CLD001",
    Severity.HIGH,
    persona="security",
    maps=["CWE-863", "CWE-284", "AISVS-1.0:4.1.1"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def dead_statement(view: IamPolicy) -> Iterator[Finding | Gap]:
    """The statement has no effect.

    Why: whoever wrote it relies on it: a deny that matches nothing protects nothing, and an allow
    that is always denied misleads.
    Remediation: mend the condition or the resource that can never match, or delete the statement.
    Source: AWS IAM user guide, policy evaluation logic; condition operators.
    """
    for statement, answer in fates(view):
        place = Place(view.locator, line=statement.line)
        if answer.holds is None:
            yield Gap(place, "undecided", f"{statement.name}: {answer.words}")
        elif answer.words == Fate.IMPOSSIBLE:
            why = "; ".join(
                f"{one.operator} {one.key}: {why}" for one, why in impossible_conditions(statement, view)
            )
            severity = None if statement.effect is Effect.DENY else Severity.MEDIUM
            message = f"{statement.name} ({statement.effect}) matches no request" + (
                f": {why}" if why else ""
            )
            yield Finding("CLD001", place, message, statement.name, severity)
        elif answer.words == Fate.DENIED:
            message = f"{statement.name} allows nothing: whatever it allows, another statement denies"
            yield Finding("CLD001", place, message, statement.name, Severity.LOW)
