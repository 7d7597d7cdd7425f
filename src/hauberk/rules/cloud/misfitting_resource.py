"""CLD004: an action on resources that it never applies to."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import document, misfits
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy


def _bad() -> bytes:
    return document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake"})


def _good() -> bytes:
    return document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"})


@rule(
    "CLD004",
    Severity.MEDIUM,
    persona="security",
    maps=["CWE-863", "CWE-284"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def misfitting_resource(view: IamPolicy) -> Iterator[Finding]:
    """The action never applies to the resource.

    Why: the statement promises a right, or a protection, that it does not give; people then widen
    it until it works.
    Remediation: give each action the kind of resource that it works on: a bucket for s3:ListBucket,
    objects for s3:GetObject.
    Source: AWS Service Authorization Reference, resource types.
    """
    for statement in view.statements:
        for each in misfits(statement, view):
            shown = ", ".join(each.resources[:3])
            rest = "; other resources of the statement fit" if each.fits_some else ""
            message = f"{statement.name}: {each.action} never applies to {shown}{rest}"
            severity = Severity.INFO if each.fits_some else None
            place = Place(view.locator, line=statement.line)
            yield Finding("CLD004", place, message, f"{each.action} {shown}", severity)
