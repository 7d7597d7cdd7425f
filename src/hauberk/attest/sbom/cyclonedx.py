"""An inventory as CycloneDX 1.6 or 1.7.

Source: ECMA-424 (CycloneDX 1.6), bom-1.6.schema.json and bom-1.7.schema.json.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime

from hauberk.attest.predicates import time_text
from hauberk.attest.sbom.inventory import Inventory, Part
from hauberk.core.statement import Json
from hauberk.core.version import VERSION
from hauberk.formats.licence import licence_of

# As the schema spells what lock files write.
ALGORITHMS = {
    "md5": ("MD5", 32),
    "sha1": ("SHA-1", 40),
    "sha256": ("SHA-256", 64),
    "sha384": ("SHA-384", 96),
    "sha512": ("SHA-512", 128),
}
HEX = frozenset("0123456789abcdef")
MAIN = "root"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://hauberk.dev/sbom")


def cyclonedx(found: Inventory, created: datetime | None = None, version: str = "1.6") -> dict[str, Json]:
    """The inventory as CycloneDX JSON; the same inventory and time give the same document."""
    gaps: list[Json] = [
        {"name": "hauberk:gap", "value": f"{each.place}: {each.reason}: {each.message}"}
        for each in found.gaps
    ]
    metadata: dict[str, Json] = {
        "tools": {"components": [{"type": "application", "name": "hauberk", "version": VERSION}]},
        "component": {"type": "application", "bom-ref": MAIN, "name": found.name or "project"},
    }
    if gaps:
        metadata["properties"] = gaps
    if created is not None:
        metadata["timestamp"] = time_text(created)
    edges: list[Json] = [{"ref": MAIN, "dependsOn": list(found.roots)}]
    edges += [{"ref": each.reference, "dependsOn": list(each.needs)} for each in found.parts]
    document: dict[str, Json] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "version": 1,
        "metadata": metadata,
        "components": [_component(each) for each in found.parts],
        "dependencies": edges,
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(NAMESPACE, text)}"
    return document


def _component(part: Part) -> dict[str, Json]:
    package = part.package
    found: dict[str, Json] = {
        "type": "file" if part.is_file else "library",
        "bom-ref": part.reference,
        "name": package.name,
    }
    if package.version:
        found["version"] = package.version
    if package.ecosystem:
        found["purl"] = package.purl
    if hashes := hashes_of(package.hashes):
        found["hashes"] = [{"alg": ALGORITHMS[kind][0], "content": value} for kind, value in hashes]
    if package.licence:
        found["licenses"] = [_licence(package.licence)]
    if package.origin:
        found["externalReferences"] = [{"type": "distribution", "url": package.origin}]
    if part.places:
        found["evidence"] = {"occurrences": [{"location": each} for each in part.places]}
    told = [("hauberk:within", part.within), ("hauberk:record-sha256", part.record)]
    properties: list[Json] = [{"name": name, "value": value} for name, value in told if value]
    if properties:
        found["properties"] = properties
    return found


def hashes_of(hashes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Those that are a known algorithm's, as (algorithm, hex)."""
    pairs = [tuple(each.split(":", 1)) for each in hashes if ":" in each]
    return [
        (kind, value)
        for kind, value in pairs
        if kind in ALGORITHMS and len(value) == ALGORITHMS[kind][1] and set(value) <= HEX
    ]


def _licence(said: str) -> Json:
    found = licence_of(said)
    expression = found.expression
    if not expression:
        return {"license": {"name": found.name}}
    is_id = " " not in expression and "LicenseRef-" not in expression and not expression.endswith("+")
    return {"license": {"id": expression}} if is_id else {"expression": expression}
