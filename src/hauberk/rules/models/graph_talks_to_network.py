"""MDL042: The graph talks to an address that it names itself."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.graph_operators import Reach, reach
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.graph import Graph


@rule(
    "MDL042",
    Severity.HIGH,
    maps=["CWE-918", "AML.T0011.000", "AML.T0025"],
    bad=[
        Sample(
            "graph.pb",
            b"\n?\n\x05watch\x12\rDebugIdentity*'\n\ndebug_urls\x12\x19\n\x17\x12\x15grpc://192.0.2.1:6064",
        ),
    ],
    good=[
        Sample("graph.pb", b"\n(\n\x05watch\x12\rDebugIdentity*\x10\n\ndebug_urls\x12\x02\n\x00"),
    ],
)
def graph_talks_to_network(view: Graph) -> Iterator[Finding]:
    """The graph talks to an address that it names itself.

    Why: what goes into the model, or comes out of it, goes to somebody else's machine.
    Remediation: ask for a model without the operator, or run it without a network.
    Source: tensorflow/core/ops/debug_ops.cc and rpc_ops.cc; paddle, listen_and_serv_op.cc.
    """
    for each in view.operators:
        if reach(view.framework, each) is Reach.NETWORK:
            place = Place(view.locator, each.offset)
            told = f" with {', '.join(each.texts[:3])[:200]}" if each.texts else ""
            yield Finding(
                "MDL042", place, f"{each.where or 'the graph'} runs {each.full_name}{told}", each.full_name
            )
