"""MDL040: The graph has an operator that runs code which is no part of the graph."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.graph_operators import Reach, reach
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.graph import Graph


@rule(
    "MDL040",
    Severity.CRITICAL,
    maps=["CWE-94", "AML.T0011.000", "ML06:2023"],
    bad=[
        Sample("op.onnx", b'\x08\x08: \n\x1b\n\x01x\x12\x01y"\x04PyOp:\rcom.microsoft\x12\x01g'),
        Sample("graph.pb", b"\n\x0e\n\x04eval\x12\x06PyFunc"),
    ],
    good=[
        Sample("op.onnx", b'\x08\x08:\x11\n\x0c\n\x01x\x12\x01y"\x04Relu\x12\x01g'),
    ],
)
def graph_runs_code(view: Graph) -> Iterator[Finding]:
    """The graph has an operator that runs code which is no part of the graph.

    Why: operators such as PyFunc and PyOp call Python that the process holds or the file names: running the
        model runs it.
    Remediation: ask for a model without the operator, or export it again from its source.
    Source: TensorFlow, SECURITY.md, "TensorFlow models are programs"; onnxruntime, docs/PyOp.md.
    """
    for each in view.operators:
        if reach(view.framework, each) is Reach.CODE:
            place = Place(view.locator, each.offset)
            told = f" with {', '.join(each.texts[:3])[:200]}" if each.texts else ""
            yield Finding(
                "MDL040", place, f"{each.where or 'the graph'} runs {each.full_name}{told}", each.full_name
            )
