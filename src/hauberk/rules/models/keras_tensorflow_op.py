"""MDL064: The Keras model has a TensorFlow operation that reaches outside of the graph."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.keras_policy import KerasMeaning, meaning
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.keras_config import KerasConfig


@rule(
    "MDL064",
    Severity.HIGH,
    maps=["CWE-913", "AML.T0011.000"],
    bad=[Sample("config.json", b'{"class_name": "TFOpLambda", "config": {"function": "io.read_file"}}')],
    good=[Sample("config.json", b'{"class_name": "TFOpLambda", "config": {"function": "math.add"}}')],
)
def keras_tensorflow_op(view: KerasConfig) -> Iterator[Finding]:
    """The Keras model has a TensorFlow operation that reaches outside of the graph.

    Why: operations that read files, write files or call Python act on the machine that runs the model.
    Remediation: ask for a model without the operation, or rebuild it.
    Source: TensorFlow, SECURITY.md, "TensorFlow models are programs".
    """
    for each in view.objects:
        if meaning(each) is KerasMeaning.OUTSIDE:
            yield Finding(
                "MDL064", Place(view.locator), f"{each.path}: runs {each.function[:80]}", each.function
            )
