"""PIP024: a model is uploaded or registered without a signature."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.script import Scripted


@rule(
    "PIP024",
    Severity.MEDIUM,
    maps=["CWE-347", "AML.M0013", "AML.T0010.003"],
    bad=[
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    huggingface-cli upload org/model ./model\n"),
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    aws s3 cp model.safetensors s3://models/\n"),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"job:\n  script: |\n    model_signing sign ./model\n    hf upload org/model ./model\n",
        ),
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    aws s3 cp report.html s3://pages/\n"),
    ],
)
def unsigned_model(view: Scripted) -> Iterator[Finding]:
    """A model is uploaded or registered without a signature.

    Why: whoever loads it later cannot tell it from one that somebody else put in its place.
    Remediation: sign it in the same job (`hauberk sign`, `model_signing sign`, `cosign sign-blob`), and
    upload the signature with it.
    Source: OpenSSF Model Signing specification 1.0; MITRE ATLAS AML.M0013.
    """
    from hauberk.analysis.pipeline.models import unsigned_uploads

    for each in unsigned_uploads(view):
        yield Finding("PIP024", Place(view.locator, line=each.line), each.message, each.subject)
