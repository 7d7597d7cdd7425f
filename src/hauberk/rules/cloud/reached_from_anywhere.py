"""CLD021: data that is reached from every network."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import allowed_with, allows_of, document, is_of_resource, mentions
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import IamPolicy

NETWORKS = ("aws:sourcevpce", "aws:sourcevpc", "aws:sourceip", "aws:vpcsourceip", "aws:sourcevpcarn")


def _bad() -> bytes:
    return document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"})


def _good() -> bytes:
    return document(
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::lake/*",
            "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}},
        }
    )


@rule(
    "CLD021",
    Severity.INFO,
    persona="security",
    maps=["CWE-284", "CWE-668"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def reached_from_anywhere(view: IamPolicy) -> Iterator[Finding]:
    """The data can be reached from every network.

    Why: stolen credentials of a training job work from anywhere in the world.
    Remediation: allow data only through your endpoint (aws:SourceVpce) or networks (aws:VpcSourceIp,
    aws:SourceIp).
    Source: AWS IAM user guide, data perimeters.
    """
    if is_of_resource(view) or mentions(view, *NETWORKS):
        return
    witness = allowed_with(view, ("s3:GetObject", "s3:PutObject"))
    if witness is not None:
        line = next((each.line for each in allows_of(view)), 1)
        message = f"no condition says from where: {witness}"
        yield Finding("CLD021", Place(view.locator, line=line), message, "aws:SourceVpce")
