"""MDL090: safetensors metadata that carries code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Confidence, Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.safetensors import SafetensorsModel

# Signs that no description of a training run has: code that runs code, pickles, shells, scripts.
SIGNS = re.compile(
    r"__import__\s*\(|\b(?:exec|eval)\s*\(\s*(?:base64|compile|bytes|__import__|open|zlib|codecs)"
    r"|\bos\.(?:system|popen)\s*\(|\bsubprocess\.(?:run|Popen|call|check_output)\s*\("
    r"|\bpickle\.loads\s*\(|^gAS[A-Za-z0-9+/]{20}|^#!\s*/|<script\b|/bin/(?:ba)?sh\s+-[ic]|/dev/tcp/"
    r"|(?:curl|wget)\s+\S+\s*\|\s*(?:ba)?sh|__subclasses__|__globals__",
    re.IGNORECASE,
)


def model(metadata: bytes) -> bytes:
    """A safetensors file without tensors."""
    header = b'{"__metadata__": {"note": "' + metadata + b'"}}'
    return len(header).to_bytes(8, "little") + header


@rule(
    "MDL090",
    Severity.HIGH,
    confidence=Confidence.MEDIUM,
    maps=["CWE-94", "AML.T0018.002"],
    bad=[Sample("m.safetensors", lambda: model(b"__import__('os').system('id')"))],
    good=[Sample("m.safetensors", lambda: model(b"trained with import os; see https://example.org/"))],
)
def safetensors_metadata_code(view: SafetensorsModel) -> Iterator[Finding]:
    """The free-text metadata of a safetensors file carries code.

    Why: loaders ignore the text, but tools that evaluate or unpickle it run it, and so do second stages.
    Remediation: find out what wrote the metadata; strip it before anything reads it.
    Source: safetensors, README, "Format", special key `__metadata__`.
    """
    for key, text in view.metadata.items():
        if found := SIGNS.search(text):
            yield Finding(
                "MDL090", Place(view.locator), f"__metadata__ {key[:80]!r} has {found[0][:60]!r}", key
            )
