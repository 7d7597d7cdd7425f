"""PIP027: a model is trained and published, and nothing evaluates it in between."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP027",
    Severity.MEDIUM,
    maps=["AML.M0008", "AIRMF-1.0:MEASURE-2.3"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"train:\n  stage: build\n  script: [python train.py]\npublish:\n  stage: deploy\n"
            b"  script: [hf upload org/model out]\n",
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"train:\n  stage: build\n  script: [python train.py]\ncheck:\n"
            b"  script: [python evaluate.py --min-accuracy 0.9]\npublish:\n  stage: deploy\n"
            b"  script: [hf upload org/model out]\n",
        ),
    ],
)
def no_evaluation(view: Pipeline) -> Iterator[Finding]:
    """A model is trained and published, and nothing evaluates it in between.

    Why: a model that is poisoned, broken or worse than the last one goes to production.
    Remediation: evaluate it against fixed thresholds in a job of its own, and let the publishing job need
    that job.
    Source: NIST AI RMF 1.0, MEASURE 2.3; MITRE ATLAS AML.M0008.
    """
    from hauberk.analysis.pipeline.models import unevaluated

    found = unevaluated(view)
    if found:
        yield Finding("PIP027", Place(view.locator, line=found.line), found.message, found.subject)
