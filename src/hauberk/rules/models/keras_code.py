"""MDL060: The Keras configuration holds compiled Python code."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.keras_policy import KerasMeaning, meaning
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.keras_config import KerasConfig


@rule(
    "MDL060",
    Severity.CRITICAL,
    maps=["CWE-502", "AML.T0018.002", "AML.T0011.000", "LLM03:2025"],
    bad=[
        Sample(
            "config.json",
            b'{"class_name": "Lambda", "config": {"function": ["4wEAAAAAAAAAAAAAAAAAAAA=", null, null]}}',
        ),
        Sample("m.json", b'{"class_name": "__lambda__", "config": {"value": "4wEAAAAA"}}'),
    ],
    good=[
        Sample("config.json", b'{"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}}')
    ],
)
def keras_code(view: KerasConfig) -> Iterator[Finding]:
    """The Keras configuration holds compiled Python code.

    Why: a Lambda layer keeps marshalled bytecode, which runs when the model is loaded or first called.
    Remediation: ask for a model without Lambda layers, or rebuild it from source that you have read.
    Source: Keras documentation, `keras.layers.Lambda`; CVE-2024-3660.
    """
    for each in view.objects:
        if meaning(each) is KerasMeaning.CODE:
            yield Finding(
                "MDL060",
                Place(view.locator),
                f"{each.path}: {each.class_name} holds compiled Python",
                each.class_name,
            )
