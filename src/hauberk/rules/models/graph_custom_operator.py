"""MDL043: The graph needs an operator that somebody's own library brings."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.graph_operators import Reach, reach
from hauberk.core.finding import Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import Sample, rule
from hauberk.formats.graph import Graph

# Operators that one message names.
SHOWN = 8


@rule(
    "MDL043",
    Severity.LOW,
    maps=["CWE-829", "AML.T0010.001"],
    bad=[
        Sample("op.onnx", b'\x08\x08: \n\x1b\n\x01x\x12\x01y"\x06Rotate:\x0borg.example\x12\x01g'),
        Sample("graph.pb", b"\n\x12\n\x04turn\x12\nOurs>Twist"),
    ],
    good=[Sample("op.onnx", b'\x08\x08:\x11\n\x0c\n\x01x\x12\x01y"\x04Relu\x12\x01g')],
)
def graph_custom_operator(view: Graph) -> Iterator[Gap]:
    """The graph needs an operator that somebody's own library brings.

    Why: what the operator does stands in a library that the user loads beside the model, not in this file:
        nobody
        can judge it here.
    Remediation: examine the library that brings the operator, or ask for a model of standard operators.
    Source: onnxruntime, "Custom operators"; TensorFlow, "Create an op"; TensorFlow Lite, "Custom operators".
    """
    custom = [each for each in view.operators if reach(view.framework, each) is Reach.CUSTOM]
    if custom:
        names = sorted({each.full_name for each in custom})
        shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
        yield Gap(
            Place(view.locator, custom[0].offset),
            "unknown-operator",
            f"needs operators that are none of {view.framework}'s own: {shown}",
            "examine the library that brings them, then accept this gap",
            "MDL043",
        )
