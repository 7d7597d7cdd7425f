"""GOV010: a card that does not say what the model is for, or what it cannot do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.described_model import DescribedModel

USES = re.compile(
    r"\b(?:uses?|usage|intended|applications?|quick ?start|get(?:ting)? started)\b", re.IGNORECASE
)
LIMITS = re.compile(r"\b(?:limitations?|limits|risks?|bias(?:es)?|out.of.scope|caveats?)\b", re.IGNORECASE)
WHOLE = b"---\nlicense: mit\n---\n# A\n\n## Uses\n\nReviews.\n\n## Limitations\n\nEnglish only.\n"


@rule(
    "GOV010",
    Severity.INFO,
    persona="compliance",
    bad=[Sample("README.md", b"---\nlicense: mit\n---\n# A\n\nA model.\n", {"config.json": b"{}"})],
    good=[Sample("README.md", WHOLE, {"config.json": b"{}"})],
)
def unsaid_limits(model: DescribedModel) -> Iterator[Finding]:
    """The card does not say what the model is meant for, or where it fails.

    Why: a model that is used for what it was never made for harms the people that it decides about.
    Remediation: add sections "Uses" and "Bias, Risks, and Limitations".
    Source: Mitchell et al. 2019, "Model Cards for Model Reporting", sections 4.2 and 4.9.
    """
    if model.card is None:
        return
    missing = [
        what
        for what, title in (("what the model is meant for", USES), ("where it fails", LIMITS))
        if model.card.prose(title) is None
    ]
    if missing:
        message = f"the card does not say {' or '.join(missing)}"
        yield Finding("GOV010", Place(model.card.name), message, "limits")
