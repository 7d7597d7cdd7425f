"""PIP023: a model or dataset is fetched by name, in whatever revision is newest."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.script import Scripted


@rule(
    "PIP023",
    Severity.MEDIUM,
    maps=["CWE-494", "AML.T0010.003", "LLM03:2025"],
    bad=[
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    huggingface-cli download org/model\n"),
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    hf download org/model --revision main\n"),
        Sample("Dockerfile", b"FROM scratch\nRUN git clone https://huggingface.co/org/model\n"),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"job:\n  script: |\n"
            b"    hf download org/model --revision 0123456789abcdef0123456789abcdef01234567\n",
        ),
    ],
)
def unpinned_model(view: Scripted) -> Iterator[Finding]:
    """A model or dataset is fetched by name, in whatever revision is newest.

    Why: its owner, or whoever takes over the account, changes what is trained on or served, without a
    change here.
    Remediation: give `--revision` with the full commit, and compare the files' digests.
    Source: Hugging Face documentation, `hf download`; MITRE ATLAS AML.T0010.003.
    """
    from hauberk.analysis.pipeline.models import unpinned_models

    for each in unpinned_models(view):
        yield Finding("PIP023", Place(view.locator, line=each.line), each.message, each.subject)
