"""PIP014: an image that by its name serves a model is scanned for packages only."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP014",
    Severity.LOW,
    maps=["AML.T0010.003", "LLM03:2025", "ML06:2023"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"build:\n  script: ['docker build -t ai-inference:1 .']\nscan:\n"
            b"  script: ['trivy image --exit-code 1 ai-inference:1']\n",
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"build:\n  script: ['docker build -t ai-inference:1 .']\nscan:\n"
            b"  script: ['trivy image --exit-code 1 ai-inference:1', 'hauberk scan ai.tar']\n",
        ),
        Sample(
            ".gitlab-ci.yml",
            b"build:\n  script: ['docker build -t shop:1 .']\nscan:\n"
            b"  script: ['trivy image --exit-code 1 shop:1']\n",
        ),
    ],
)
def models_unscanned(view: Pipeline) -> Iterator[Finding]:
    """An image that by its name serves a model is scanned for packages only.

    Why: scanners of packages do not open model files: a pickle in the image runs its author's code when
    the service starts.
    Remediation: scan the image's models too (`hauberk scan image.tar`).
    Source: MITRE ATLAS AML.T0011.000 and AML.T0010.003; Trivy documentation, "Coverage".
    """
    from hauberk.analysis.pipeline.flow import unscanned_models

    for scan, image in unscanned_models(view):
        message = f"{scan.tool} looks at packages, and no job at the models in {image[:120]}"
        yield Finding("PIP014", Place(view.locator, line=scan.line), message, image[:120])
