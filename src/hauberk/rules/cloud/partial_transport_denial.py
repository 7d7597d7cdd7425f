"""CLD019: a denial of plain HTTP that leaves actions open."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.access.lint import denied_with, document, says
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.iam_policy import Effect, IamPolicy

TRANSPORT = "aws:securetransport"


def _bad() -> bytes:
    return document(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::lake/*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


def _good() -> bytes:
    return document(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


@rule(
    "CLD019",
    Severity.HIGH,
    persona="security",
    maps=["CWE-319", "AISVS-1.0:4.1.1"],
    bad=[Sample("policy.json", _bad)],
    good=[Sample("policy.json", _good)],
)
def partial_transport_denial(view: IamPolicy) -> Iterator[Finding]:
    """Plain HTTP is denied for some actions only.

    Why: who reads the policy believes that all traffic is encrypted; uploads and listings still
    travel in clear text.
    Remediation: deny s3:* on the bucket and on its objects while aws:SecureTransport is false.
    Source: Amazon S3 user guide, security best practices; CWE-319.
    """
    for statement in view.statements:
        if statement.effect is not Effect.DENY or not any(
            each.key.lower() == TRANSPORT for each in statement.conditions
        ):
            continue
        services = sorted({each.partition(":")[0].lower() for each in statement.actions.values} - {"*"})
        resources = statement.resources.values if statement.resources is not None else ()
        for service, resource in ((one, other) for one in services for other in resources):
            witness = denied_with(view, (f"{service}:*",), (says(TRANSPORT, "false"),), resource)
            if witness is not None:
                message = f"{statement.name} leaves plain HTTP open: {witness.action} on {witness.resource}"
                place = Place(view.locator, line=statement.line)
                yield Finding("CLD019", place, message, f"{statement.name} {service}")
                break
