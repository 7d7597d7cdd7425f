"""MDL045: The graph brings machine code that its runtime loads."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.graph_operators import Reach, reach
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.graph import Graph


def _package(member: str, octets: bytes) -> bytes:
    """A `.pt2` archive with one more member."""
    import io
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("m/archive_format", "pt2")
        archive.writestr("m/" + member, octets)
    return made.getvalue()


@rule(
    "MDL045",
    Severity.HIGH,
    maps=["CWE-829", "AML.T0011.000"],
    bad=[
        Sample("model.pt2", lambda: _package("data/aotinductor/model/c.so", b"\x7fELF\2\1\1" + bytes(57))),
    ],
    good=[
        Sample("op.onnx", b'\x08\x08:\x11\n\x0c\n\x01x\x12\x01y"\x04Relu\x12\x01g'),
    ],
)
def graph_native_code(view: Graph) -> Iterator[Finding]:
    """The graph brings machine code that its runtime loads.

    Why: a compiled library in the file runs with all rights of the program that loads the model; nothing
        bounds
        what it does.
    Remediation: ask for the model without compiled parts, and compile it on your own machine.
    Source: torch, AOTInductor package; ExecuTorch, CUDA and Metal backends.
    """
    for each in view.operators:
        if reach(view.framework, each) is Reach.NATIVE:
            place = Place(view.locator, each.offset)
            told = f" with {', '.join(each.texts[:3])[:200]}" if each.texts else ""
            yield Finding(
                "MDL045", place, f"{each.where or 'the graph'} runs {each.full_name}{told}", each.full_name
            )
