"""MDL044: The graph takes tensors from a file outside of its folder."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.graph_operators import escapes
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.graph import Graph


@rule(
    "MDL044",
    Severity.CRITICAL,
    maps=["CWE-22", "AML.T0037", "AML.T0011.000"],
    bad=[
        Sample(
            "model.onnx",
            b'\x08\x08:=\n\x0c\n\x01x\x12\x01y"\x04Relu**\x08\x04\x10\x01B\x01wj\x1f\n\x08location\x12\x13'
            b"../../../etc/passwdp\x01\x12\x01g",
        )
    ],
    good=[
        Sample(
            "model.onnx",
            b'\x08\x08:;\n\x0c\n\x01x\x12\x01y"\x04Relu*(\x08\x04\x10\x01B\x01wj\x1d\n\x08location\x12\x11'
            b"weights/model.binp\x01\x12\x01g",
        )
    ],
)
def graph_file_escapes(view: Graph) -> Iterator[Finding]:
    """The graph takes tensors from a file outside of its folder.

    Why: a file name that is absolute, climbs out by `..` or is a URL makes the loader read what the model's
        author chose on the machine of its user: keys and passwords become weights, and weights become
        outputs.
    Remediation: ask for a model whose data files lie beside it.
    Source: CVE-2022-25882, CVE-2024-27318, CVE-2024-5187 (onnx); onnx, docs/ExternalData.md.
    """
    for each in view.references:
        if escapes(each.path):
            said = f"takes its {each.role} from {each.path[:200]!r}"
            yield Finding("MDL044", Place(view.locator, each.offset), said, each.path[:200])
