"""MDL104: scripts and bytecode that call themselves weights."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import Sample, rule
from hauberk.formats.native import InterpretedProgram
from hauberk.formats.text import MODEL_NAMES

MORE_NAMES = (".json", ".txt", ".csv", ".yaml", ".yml", ".md", ".png", ".jpg")


@rule(
    "MDL104",
    Severity.HIGH,
    maps=["CWE-506", "AML.T0074"],
    bad=[
        Sample("pytorch_model.bin", b"#!/bin/sh\necho hello\n"),
        Sample("vocab.txt", b"\xa7\r\r\n\0\0\0\0\0\0\0\0\0\0\0\0\xe3\0"),
    ],
    good=[Sample("download.sh", b"#!/bin/sh\necho hello\n")],
)
def program_as_weights(view: InterpretedProgram) -> Iterator[Finding | Gap]:
    """A script or bytecode calls itself weights or data.

    Why: whoever runs the file runs its author's code; weights and tables have no reason to be programs.
    Remediation: delete the file.
    Source: MITRE ATLAS AML.T0074, Masquerading.
    """
    name = view.name.lower()
    if name.endswith(MODEL_NAMES) or (name.endswith(MORE_NAMES) and view.kind != "script"):
        yield Finding("MDL104", Place(view.locator), f"is a program ({view.kind})", view.kind)
    elif view.kind == "Python bytecode":
        remedy = "ship the source instead"
        yield Gap(Place(view.locator), "unsupported", "Python bytecode is not judged", remedy, "MDL104")
