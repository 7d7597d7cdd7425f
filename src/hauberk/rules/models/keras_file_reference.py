"""MDL065: A Keras layer's configuration names a file or an address to read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.keras_config import KerasConfig


@rule(
    "MDL065",
    Severity.HIGH,
    maps=["CWE-73", "CWE-918", "AML.T0011.000"],
    bad=[
        Sample(
            "config.json",
            b'{"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}}',
        )
    ],
    good=[
        Sample(
            "config.json",
            b'{"class_name": "StringLookup", "config": {"vocabulary": ["a", "b"]}}',
        )
    ],
)
def keras_file_reference(view: KerasConfig) -> Iterator[Finding]:
    """A Keras layer's configuration names a file or an address to read.

    Why: the layer reads that file, or fetches that address, while the model loads: local
    secrets end up in it.
    Remediation: ask for a model that holds its vocabulary itself.
    Source: CVE-2025-12058.
    """
    for each in view.objects:
        for text in each.files:
            is_near = not re.search(r"://|^[/~\\]|\.\.|^[A-Za-z]:", text)
            severity = Severity.MEDIUM if is_near else None
            message = f"{each.path}: {each.class_name} reads {text[:120]!r}"
            yield Finding("MDL065", Place(view.locator), message, text, severity)
