"""CLD002: a statement without which the same would be decided."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import document, fates
from hauberk.analysis.access.questions import Fate
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy


def _bad() -> bytes:
    return document(
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"},
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
    )


def _good() -> bytes:
    return document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"})


@rule(
    "CLD002",
    Severity.INFO,
    persona="security",
    maps=["CWE-284"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def redundant_statement(view: IamPolicy) -> Iterator[Finding]:
    """The statement changes nothing.

    Why: what is said twice is changed once: the copy keeps a right alive that somebody thought was
    taken away.
    Remediation: delete it, or narrow the statement that covers it.
    Source: AWS IAM user guide, policy evaluation logic.
    """
    for statement, answer in fates(view):
        if answer.words == Fate.REDUNDANT:
            place = Place(view.locator, line=statement.line)
            message = f"{statement.name} changes nothing: without it the same requests pass"
            yield Finding("CLD002", place, message, statement.name)
