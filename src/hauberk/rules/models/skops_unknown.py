"""MDL082: skops models of types that nobody judged."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.skops_policy import SkopsMeaning, meaning
from hauberk.core.finding import Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import Sample, rule
from hauberk.formats.skops_schema import SkopsSchema
from hauberk.rules.models.skops_gadget import SCALER

# Types that are told one by one.
MAX_TOLD = 20
MINE = b'{"__class__": "Model", "__module__": "mine.models", "__loader__": "ObjectNode"}'


@rule(
    "MDL082",
    Severity.LOW,
    maps=["CWE-829"],
    bad=[Sample("schema.json", MINE)],
    good=[Sample("schema.json", SCALER)],
)
def skops_unknown(view: SkopsSchema) -> Iterator[Gap]:
    """The skops model needs types that are not known to be harmless.

    Why: what such a type does while it is constructed is decided by code that is not in this file.
    Remediation: examine the package that defines the type, and accept the gap for it.
    Source: skops documentation, "Secure persistence with skops".
    """
    unknown = [node for node in view.nodes if meaning(node) is SkopsMeaning.UNKNOWN]
    for node in unknown[:MAX_TOLD]:
        message = f"{node.module}.{node.name} is not known to be harmless"
        yield Gap(
            Place(view.locator), "unknown", message, "examine the package that defines it", rule="MDL082"
        )
