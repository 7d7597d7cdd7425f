"""MDL063: The Keras model has a layer that loads another model, or code of another framework."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.keras_policy import KerasMeaning, meaning
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.keras_config import KerasConfig


@rule(
    "MDL063",
    Severity.HIGH,
    maps=["CWE-502", "CWE-829", "AML.T0011.000", "LLM03:2025"],
    bad=[Sample("config.json", b'{"class_name": "TFSMLayer", "config": {"filepath": "/tmp/other"}}')],
    good=[
        Sample("config.json", b'{"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}}')
    ],
)
def keras_loading_layer(view: KerasConfig) -> Iterator[Finding]:
    """The Keras model has a layer that loads another model, or code of another framework.

    Why: such a layer runs what lies at the place that the configuration names, not what was examined here.
    Remediation: examine what the layer loads, or ask for a model that holds all its layers.
    Source: Keras documentation, `keras.layers.TFSMLayer` and `keras.layers.JaxLayer`; CVE-2026-1462.
    """
    for each in view.objects:
        if meaning(each) is KerasMeaning.LOADS:
            yield Finding(
                "MDL063",
                Place(view.locator),
                f"{each.path}: {each.class_name} loads code from elsewhere",
                each.class_name,
            )
