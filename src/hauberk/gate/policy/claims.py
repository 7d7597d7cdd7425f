"""Kinds of claims: their predicate types, the times that they state, and how they say no.

Source: in-toto Attestation Framework, predicate types; SLSA v1.1 (provenance, verification summary);
CycloneDX 1.6; OpenSSF Model Signing 1.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from hauberk.core.statement import Json

TYPES = {
    "datasheet": "https://hauberk.dev/datasheet/v1",
    "provenance": "https://slsa.dev/provenance/v1",
    "scan": "https://hauberk.dev/scan/v1",
    "bom": "https://cyclonedx.org/bom",
    "spdx": "https://spdx.dev/Document/v3",
    "lineage": "https://hauberk.dev/lineage/v1",
    "signature": "https://model_signing/signature/v1.0",
    "release": "https://hauberk.dev/release/v1",
    "evaluation": "https://hauberk.dev/evaluation/v1",
    "approval": "https://hauberk.dev/approval/v1",
    "verdict": "https://slsa.dev/verification_summary/v1",
    "deprecation": "https://hauberk.dev/deprecation/v1",
    "deployment": "https://hauberk.dev/deployment/v1",
}
NAMES = {uri: name for name, uri in TYPES.items()}
# The path of the time that a claim itself states.
TIMES: Mapping[str, tuple[str, ...]] = {
    "scan": ("scannedAt",),
    "evaluation": ("evaluatedAt",),
    "approval": ("approvedAt",),
    "release": ("issuedAt",),
    "verdict": ("timeVerified",),
    "deployment": ("deployedAt",),
    "bom": ("metadata", "timestamp"),
    "provenance": ("runDetails", "metadata", "finishedOn"),
}
MAX_SHOWN = 80  # characters of a stranger's text in a sentence


def name_of(predicate_type: str) -> str:
    """The short name of a predicate type, or the type itself."""
    return NAMES.get(predicate_type, predicate_type)


def at_path(found: object, *path: str) -> object:
    """What stands at the path, or None."""
    for name in path:
        found = found.get(name) if isinstance(found, (dict, Mapping)) else None
    return found


def text_at(found: object, *path: str) -> str:
    """The text at the path; empty for anything else."""
    value = at_path(found, *path)
    return value if isinstance(value, str) else ""


def list_at(found: object, *path: str) -> list[Json] | None:
    """The list at the path, or None for anything else."""
    value = at_path(found, *path)
    return value if isinstance(value, list) else None


def number_of(value: object) -> float | None:
    """The number, or None for what is none or not finite. Whole numbers beyond 2**53 are none either."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if -(2.0**53) <= value <= 2.0**53 else None


def moment_of(value: object) -> datetime | None:
    """The time in UTC, or None for what is no RFC 3339 time with an offset."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.astimezone(UTC) if found and found.tzinfo and "T" in str(value) else None
    except (ValueError, OverflowError):
        return None


def says_no(predicate_type: str, predicate: Mapping[str, Json]) -> bool:
    """Whether the claim itself refuses: such a claim fulfils no demand."""
    name = name_of(predicate_type)
    return (
        (name == "scan" and predicate.get("verdict") != "pass")
        or (name == "verdict" and predicate.get("verificationResult") != "PASSED")
        or (name == "approval" and predicate.get("decision") != "approve")
        or (name == "lineage" and predicate.get("isContradicted") is not False)
    )


def shown(value: object) -> str:
    """A stranger's text for a sentence: short, on one line, without control characters."""
    text = value if isinstance(value, str) else repr(value)[:MAX_SHOWN]
    cut = text[: MAX_SHOWN - 1] + "…" if len(text) > MAX_SHOWN else text
    if cut.isprintable():
        return cut or "''"
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in cut)


def day(moment: datetime) -> str:
    """The time to the minute, in UTC."""
    return f"{moment.isoformat(' ', 'minutes')[:16]} UTC"
