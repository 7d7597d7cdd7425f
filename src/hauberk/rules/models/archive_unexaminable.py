"""MDL027: A file named like a model is an archive that no model library loads."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.seven_zip import OpaqueArchive

SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(24)


@rule(
    "MDL027",
    Severity.MEDIUM,
    maps=["CWE-506", "AML.T0074", "AML.T0076", "ML06:2023"],
    bad=[Sample("pytorch_model.bin", SEVEN_ZIP)],
    good=[Sample("backup.7z", SEVEN_ZIP)],
)
def archive_unexaminable(view: OpaqueArchive) -> Iterator[Finding]:
    """A file named like a model is an archive that no model library loads.

    Why: the name says model, the bytes say 7z or RAR. Scanners skip it or fail on it, and the user
    is told to unpack it first. The malicious models found on the hub in 2025 were packed so.
    Remediation: do not unpack it; ask for the model itself, or scan what it holds in a sandbox.
    Source: ReversingLabs, "Malicious ML models discovered on Hugging Face platform", 2025.
    """
    if view.is_misnamed:
        message = f"is a {view.kind} archive under the name of a model"
        yield Finding("MDL027", Place(view.locator), message, view.kind)
