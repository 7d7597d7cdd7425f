"""CLD015: another account may take the role, with nothing that tells its customers apart."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import allows_of, document, is_of_resource, is_trust
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy


def _bad() -> bytes:
    return document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
            "Action": "sts:AssumeRole",
        }
    )


def _good() -> bytes:
    return document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "k"}},
        }
    )


@rule(
    "CLD015",
    Severity.LOW,
    persona="security",
    maps=["CWE-441", "CWE-863"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def foreign_trust(view: IamPolicy) -> Iterator[Finding]:
    """Another account may take the role without an external id.

    Why: a provider that takes roles for many customers can be talked into taking yours for another one.
    Remediation: agree on an external id and require sts:ExternalId, or require MFA for people.
    Source: AWS IAM user guide, external id.
    """
    if not is_of_resource(view) or not is_trust(view):
        return
    for statement in allows_of(view):
        named = statement.principals.named if statement.principals is not None else ()
        accounts = [
            name for kind, name in named if kind == "AWS" and (name.isdigit() or name.endswith(":root"))
        ]
        if accounts and not statement.conditions:
            who = f"everybody of {accounts[0]}"
            message = f"{statement.name}: {who} may take the role, without sts:ExternalId or MFA"
            yield Finding("CLD015", Place(view.locator, line=statement.line), message, accounts[0])
