"""MDL122: repositories that say nothing of themselves."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.model_folder import ModelFolder

CARD = b"---\nlicense: apache-2.0\n---\n# A model\n"


@rule(
    "MDL122",
    Severity.INFO,
    bad=[
        Sample("config.json", b"{}", {"vocab.txt": b"a\n"}),
        Sample("README.md", b"# A model\n", {"config.json": b"{}"}),
    ],
    good=[Sample("README.md", CARD, {"config.json": b"{}"})],
)
def model_card(view: ModelFolder) -> Iterator[Finding]:
    """The repository has no model card, or declares no licence.

    Why: without them nobody can tell what the model was made of, or whether it may be used.
    Remediation: add a README.md whose front matter has `license:`.
    Source: huggingface_hub documentation, "Model Cards".
    """
    place = Place(view.locator)
    if not view.has_card:
        yield Finding("MDL122", place, "has no model card (README.md)", "card")
    elif not view.licence and not view.has_licence_file:
        yield Finding("MDL122", place, "declares no licence", "licence")
