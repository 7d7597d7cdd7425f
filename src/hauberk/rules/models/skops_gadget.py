"""MDL081: skops models that reach what they should not."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.skops_policy import SkopsMeaning, meaning
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.skops_schema import SkopsSchema

OPERATOR = b'{"__class__": "call", "__module__": "operator", "__loader__": "OperatorFuncNode", "attrs": []}'
SYSTEM = b'{"__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "content": {}}'
SCALER = b'{"__class__": "Ridge", "__module__": "sklearn.linear_model._ridge", "__loader__": "ObjectNode"}'


@rule(
    "MDL081",
    Severity.CRITICAL,
    maps=["CWE-502", "AML.T0011.000", "LLM03:2025"],
    bad=[Sample("schema.json", OPERATOR), Sample("schema.json", SYSTEM)],
    good=[Sample("schema.json", SCALER)],
)
def skops_gadget(view: SkopsSchema) -> Iterator[Finding]:
    """The skops model names a function or class that can run commands or read files.

    Why: older versions of skops construct such nodes without asking, and later ones once they are trusted.
    Remediation: do not load the model, and trust none of its types.
    Source: CVE-2025-54412, CVE-2025-54413, CVE-2025-54886.
    """
    for node in view.nodes:
        if meaning(node) is SkopsMeaning.REACHES:
            name = ".".join(filter(None, (node.module, node.name, node.method)))
            yield Finding("MDL081", Place(view.locator), f"a {node.loader[:40]} names {name}", name)
