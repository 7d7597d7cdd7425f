"""GOV005: a number of parameters that the weights contradict."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.analysis.weights import weights_of
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.described_model import DescribedModel

CARD = b"---\nlicense: mit\n---\n# A model\n\n- **Number of parameters:** %s\n"
HEADER = b'{"w":{"dtype":"F32","shape":[1000,1],"data_offsets":[0,4000]}}'
WEIGHTS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(4000)
LABELS = (
    "number of parameters",
    "parameters",
    "parameter count",
    "model size",
    "params",
    "# parameters",
    "size",
)
COUNT = re.compile(
    r"~?\s*(\d[\d,]*(?:\.\d+)?)\s*(k|m|b|t|thousand|million|billion|trillion)?(?:\s*param(?:eter)?s?)?\s*",
    re.IGNORECASE,
)
SCALE = {"": 1, "k": 10**3, "t": 10**12, "m": 10**6, "b": 10**9}
# Authors round, and leave out embeddings or heads: what is further off than this is another model.
TOLERANCE = 2.0
# A bare number from which on it can be meant as a number of parameters.
MANY = 100_000
# Types of elements that hold several parameters each: their number says nothing.
PACKED = {"I32", "U8", "I8", "U32", "I64"}


@rule(
    "GOV005",
    Severity.MEDIUM,
    persona="compliance",
    bad=[Sample("README.md", CARD % b"7B", {"config.json": b"{}", "model.safetensors": WEIGHTS})],
    good=[
        Sample("README.md", CARD % b"1.1K", {"config.json": b"{}", "model.safetensors": WEIGHTS}),
        Sample("README.md", CARD % b"30B, 3B active", {"config.json": b"{}", "model.safetensors": WEIGHTS}),
    ],
)
def contradicted_size(model: DescribedModel) -> Iterator[Finding]:
    """The card declares a number of parameters that the weights do not have.

    Why: either the card is another model's, or the weights are.
    Remediation: compare the digests with the author's; mend the card.
    Source: safetensors, README "Format" (the header says every tensor's shape).
    """
    said = model.card.label(*LABELS) if model.card else None
    declared = declared_count(said.text) if said else 0
    if model.card is None or said is None or not declared or "adapter_config.json" in model.files:
        return
    weights = weights_of(model)
    if not weights.total or weights.elements.keys() & PACKED:
        return
    if not declared / TOLERANCE <= weights.total <= declared * TOLERANCE:
        message = f"declares {said.text[:40]} parameters, and the weights have {weights.total:,}"
        yield Finding("GOV005", Place(model.card.name, line=said.line), message, said.name)


def declared_count(text: str) -> int:
    """The number that a text like `7.6B` or `124 million parameters` is; 0 for any other text."""
    found = COUNT.fullmatch(text[:80])
    if found is None or len(found[1]) > 20:
        return 0
    count = int(float(found[1].replace(",", "")) * SCALE[(found[2] or "")[:1].lower()])
    is_meant = bool(found[2]) or "param" in text.lower() or count > MANY
    return count if is_meant else 0
