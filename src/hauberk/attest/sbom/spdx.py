"""An inventory as SPDX 2.3 (JSON) or SPDX 3.0.1 (JSON-LD).

Source: SPDX specification 2.3 (ISO/IEC 5962 follows 2.2.1), clauses 6, 7, 11; SPDX specification 3.0.1,
profiles Core, Software, SimpleLicensing.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from hauberk.attest.predicates import time_text
from hauberk.attest.sbom.cyclonedx import hashes_of
from hauberk.attest.sbom.inventory import Inventory, Part
from hauberk.core.statement import Json
from hauberk.core.version import VERSION
from hauberk.formats.licence import licence_of

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
NAMESPACE = "https://hauberk.dev/spdx/"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # where nobody says when: the field is mandatory
NOBODY = "NOASSERTION"
CREATION = "_:creation"


def spdx_2(found: Inventory, created: datetime | None = None) -> dict[str, Json]:
    """The inventory as SPDX 2.3."""
    names = {each.reference: f"SPDXRef-Package-{index}" for index, each in enumerate(found.parts)}
    main = "SPDXRef-Root"
    packages: list[Json] = [_plain_package(main, found.name or "project")]
    packages += [_package_2(each, names[each.reference]) for each in found.parts]
    relations: list[Json] = [_relation("SPDXRef-DOCUMENT", "DESCRIBES", main)]
    relations += [_relation(main, "DEPENDS_ON", names[each]) for each in found.roots]
    for each in found.parts:
        relations += [_relation(names[each.reference], "DEPENDS_ON", names[one]) for one in each.needs]
        if each.within in names:
            relations.append(_relation(names[each.within], "CONTAINS", names[each.reference]))
    document: dict[str, Json] = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": found.name or "project",
        "creationInfo": {"created": time_text(created or EPOCH), "creators": [f"Tool: hauberk-{VERSION}"]},
        "packages": packages,
        "relationships": relations,
    }
    document["documentNamespace"] = f"{NAMESPACE}{_digest(document)}"
    return document


def _digest(document: dict[str, Json]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _plain_package(id: str, name: str) -> dict[str, Json]:
    return {"SPDXID": id, "name": name, "downloadLocation": NOBODY, "filesAnalyzed": False}


def _package_2(part: Part, id: str) -> dict[str, Json]:
    package = part.package
    made = _plain_package(id, package.name)
    licence = licence_of(package.licence) if package.licence else None
    made["licenseDeclared"] = (licence.expression if licence else "") or NOBODY
    made["licenseConcluded"] = NOBODY
    made["copyrightText"] = NOBODY
    if licence and licence.name:
        made["licenseComments"] = f"declared as: {licence.name}"
    if package.version:
        made["versionInfo"] = package.version
    if hashes := hashes_of(package.hashes):
        made["checksums"] = [{"algorithm": kind.upper(), "checksumValue": value} for kind, value in hashes]
    if package.ecosystem:
        made["externalRefs"] = [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": package.purl,
            }
        ]
    if part.places:
        made["sourceInfo"] = "found in " + ", ".join(part.places)
    return made


def _relation(one: str, kind: str, other: str) -> dict[str, Json]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def spdx_3(found: Inventory, created: datetime | None = None) -> dict[str, Json]:
    """The inventory as SPDX 3.0.1 JSON-LD."""
    listed: list[Json] = [[each.reference, list(each.needs)] for each in found.parts]
    base = f"{NAMESPACE}{_digest({'name': found.name, 'parts': listed})}/"
    names = {each.reference: f"{base}package-{index}" for index, each in enumerate(found.parts)}
    main, agent = f"{base}root", f"{base}agent"
    graph: list[dict[str, Json]] = [
        {
            "type": "CreationInfo",
            "@id": CREATION,
            "specVersion": "3.0.1",
            "created": time_text(created or EPOCH),
            "createdBy": [agent],
        },
        _element("SoftwareAgent", agent, name=f"hauberk {VERSION}"),
        _element("software_Package", main, name=found.name or "project"),
    ]
    graph += [_package_3(each, names[each.reference]) for each in found.parts]
    graph += _relations_3(found, names, base)
    inside: list[Json] = [each["spdxId"] for each in graph if "spdxId" in each]
    profiles: list[Json] = ["core", "software", "simpleLicensing"]
    graph.append(
        _element("software_Sbom", f"{base}sbom", rootElement=[main], element=list(inside),
                 software_sbomType=["analyzed"], profileConformance=list(profiles))
    )  # fmt: skip
    graph.append(
        _element("SpdxDocument", f"{base}document", name=found.name or "project", rootElement=[f"{base}sbom"],
                 element=[f"{base}sbom", *inside], profileConformance=list(profiles))
    )  # fmt: skip
    return {"@context": CONTEXT, "@graph": list(graph)}


def _element(kind: str, iri: str, /, **fields: Json) -> dict[str, Json]:
    told = {key: value for key, value in fields.items() if value not in ("", [], {})}
    return {"type": kind, "spdxId": iri, "creationInfo": CREATION, **told}


def _package_3(part: Part, iri: str) -> dict[str, Json]:
    package = part.package
    return _element(
        "software_File" if part.is_file else "software_Package",
        iri,
        name=package.name,
        comment="found in " + ", ".join(part.places) if part.places else "",
        verifiedUsing=[
            {"type": "Hash", "algorithm": kind, "hashValue": value}
            for kind, value in hashes_of(package.hashes)
        ],
        **(
            {}
            if part.is_file
            else {
                "software_packageVersion": package.version,
                "software_packageUrl": package.purl if package.ecosystem else "",
            }
        ),
    )


def _relations_3(found: Inventory, names: dict[str, str], base: str) -> list[dict[str, Json]]:
    made: list[dict[str, Json]] = []
    licences: dict[str, str] = {}

    def relate(source: str, kind: str, targets: list[Json]) -> None:
        if targets:
            iri = f"{base}relationship-{len(made)}"
            fields: dict[str, Json] = {"from": source, "relationshipType": kind, "to": targets}
            made.append(_element("Relationship", iri, **fields))

    relate(f"{base}root", "dependsOn", [names[each] for each in found.roots])
    contained: dict[str, list[Json]] = {}
    for each in found.parts:
        own = names[each.reference]
        relate(own, "dependsOn", [names[one] for one in each.needs])
        if each.within in names:
            contained.setdefault(names[each.within], []).append(own)
        if each.package.licence:
            iri = licences.setdefault(each.package.licence, f"{base}licence-{len(licences)}")
            relate(own, "hasDeclaredLicense", [iri])
    for source, targets in contained.items():
        relate(source, "contains", targets)
    return [*(_licence(said, iri) for said, iri in licences.items()), *made]


def _licence(said: str, iri: str) -> dict[str, Json]:
    found = licence_of(said)
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in found.name)[:80]
    expression = found.expression or f"LicenseRef-{plain or 'unnamed'}"
    return _element(
        "simplelicensing_LicenseExpression",
        iri,
        simplelicensing_licenseExpression=expression,
        comment=found.name,
    )
