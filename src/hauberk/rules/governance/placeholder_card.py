"""GOV009: a card that is still its template."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.described_model import DescribedModel

CARD = b"---\nlicense: mit\n---\n# A model\n\n## Uses\n\n%s\n"


@rule(
    "GOV009",
    Severity.LOW,
    persona="compliance",
    bad=[
        Sample("README.md", CARD % b"[More Information Needed]", {"config.json": b"{}"}),
        Sample("README.md", CARD % b"{{ direct_use }}", {"config.json": b"{}"}),
    ],
    good=[Sample("README.md", CARD % b"Classifies reviews.", {"config.json": b"{}"})],
)
def placeholder_card(model: DescribedModel) -> Iterator[Finding]:
    """The card has places that its author never filled in.

    Why: what a template asks (uses, risks, training) is what a reviewer needs, and it is not there.
    Remediation: fill the places in, or take their headings out.
    Source: huggingface_hub, `modelcard_template.md`.
    """
    if model.card is not None and model.card.placeholders:
        lines = model.card.placeholders
        message = f"{len(lines)} places of the card's template are not filled in"
        yield Finding("GOV009", Place(model.card.name, line=lines[0]), message, "template")
