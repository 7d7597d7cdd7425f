"""MDL103: settings whose texts are evaluated, and run commands."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.document import Document


@rule(
    "MDL103",
    Severity.HIGH,
    maps=["CWE-95", "AML.T0011.000"],
    bad=[Sample("inference.json", b"""{"imports": ["$import os"], "x": "$__import__('os').system('id')"}""")],
    good=[
        Sample(
            "inference.json",
            b"""{"imports": ["$import glob"], "x": "$sorted(glob.glob(@root + '/*.nii'))"}""",
        )
    ],
)
def config_expression(view: Document) -> Iterator[Finding]:
    """An expression in the settings runs commands or evaluates text.

    Why: MONAI's bundles evaluate every text that begins with a dollar sign while they are parsed.
    Remediation: delete the expression.
    Source: MONAI documentation, "Configuration"; CVE-2025-58757.
    """
    from hauberk.analysis.code.judgement import expression

    for path, text in view.expressions:
        # `@name` refers to another entry of the bundle.
        severity = expression(text[1:].replace("@", "_at_").replace("::", "__").replace("#", "__"))
        if severity is not None and severity >= Severity.MEDIUM:
            yield Finding("MDL103", Place(view.locator), f"{path} evaluates {text[:80]!r}", path, severity)
