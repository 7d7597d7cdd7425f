"""MDL046: The graph has an operator that ends the program which runs it."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.graph_operators import Reach, reach
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.graph import Graph


@rule(
    "MDL046",
    Severity.MEDIUM,
    maps=["CWE-400", "AML.T0029"],
    bad=[
        Sample("graph.pb", b"\n\x0c\n\x03end\x12\x05Abort"),
    ],
    good=[
        Sample("graph.pb", b"\n\x0b\n\x03end\x12\x04NoOp"),
    ],
)
def graph_stops_program(view: Graph) -> Iterator[Finding]:
    """The graph has an operator that ends the program which runs it.

    Why: Abort ends the serving process when the graph reaches it: a model needs no such thing.
    Remediation: ask for a model without the operator.
    Source: tensorflow/core/ops/control_flow_ops.cc, Abort.
    """
    for each in view.operators:
        if reach(view.framework, each) is Reach.STOPS:
            place = Place(view.locator, each.offset)
            told = f" with {', '.join(each.texts[:3])[:200]}" if each.texts else ""
            yield Finding(
                "MDL046", place, f"{each.where or 'the graph'} runs {each.full_name}{told}", each.full_name
            )
