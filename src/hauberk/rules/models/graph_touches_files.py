"""MDL041: The graph reads or writes files that it names itself."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.graph_operators import Reach, reach
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.graph import Graph


@rule(
    "MDL041",
    Severity.HIGH,
    maps=["CWE-73", "AML.T0011.000", "AML.T0037"],
    bad=[
        Sample(
            "graph.pb",
            b"\n)\n\x04path\x12\x05Const*\x1a\n\x05value\x12\x11B\x0f\x08\x07B\x0b/etc/passwd\n\x16\n\x04read\x12\x08ReadFile\x1a\x04path",
        ),
    ],
    good=[
        Sample(
            "graph.pb",
            b"\n)\n\x04path\x12\x05Const*\x1a\n\x05value\x12\x11B\x0f\x08\x07B\x0b/etc/passwd\n\x15\n\x03out\x12\x08Identity\x1a\x04path",
        ),
    ],
)
def graph_touches_files(view: Graph) -> Iterator[Finding]:
    """The graph reads or writes files that it names itself.

    Why: a model that opens files by name can read secrets of the machine that runs it, or overwrite what the
        user may write; numbers and strings need no file.
    Remediation: ask for a model without the operator, or run it in a sandbox without files.
    Source: TensorFlow, SECURITY.md; tensorflow/core/ops/io_ops.cc; torch, aten::from_file and aten::save.
    """
    for each in view.operators:
        if reach(view.framework, each) is Reach.FILES:
            place = Place(view.locator, each.offset)
            told = f" with {', '.join(each.texts[:3])[:200]}" if each.texts else ""
            yield Finding(
                "MDL041", place, f"{each.where or 'the graph'} runs {each.full_name}{told}", each.full_name
            )
