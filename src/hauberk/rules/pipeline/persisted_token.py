"""PIP035: the pipeline's token in the folder that it fetched."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.lined_yaml import Scalar
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP035",
    Severity.MEDIUM,
    maps=["CWE-522"],
    bad=[
        Sample(
            "azure-pipelines.yml",
            b"steps:\n  - checkout: self\n    persistCredentials: true\n  - script: make\n",
        ),
    ],
    good=[
        Sample("azure-pipelines.yml", b"steps:\n  - checkout: self\n  - script: make\n"),
    ],
)
def persisted_token(view: Pipeline) -> Iterator[Finding]:
    """The token of the pipeline stays in the folder that it fetched, where every later step can take it.

    Why: a script of a dependency can push to the repository with it.
    Remediation: take `persistCredentials: true` away, and hand the token to the one step that needs it.
    Source: Microsoft, "steps.checkout"; CWE-522.
    """
    for job in view.jobs:
        for step in job.steps:
            pair = step.node.pair("persistCredentials")
            if pair and isinstance(pair.value, Scalar) and pair.value.text.lower() == "true":
                message = "persistCredentials leaves the token in .git/config"
                yield Finding("PIP035", Place(view.locator, line=pair.line), message, job.name)
