"""SPDX 3.0.1 as JSON-LD: a model as an AI package, its data as dataset packages, and how they belong.

A profile is claimed only where its requirements are met: what nobody said is left out, not made up.
Proofs are an annotation of the package, as JSON.

Source: SPDX specification 3.0.1, model (Core, Software, AI, Dataset, SimpleLicensing), Annex "Serialization".
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from hauberk.attest.bom.bom import Bom, Field, Grade, Licensed
from hauberk.attest.bom.completeness import completeness
from hauberk.attest.bom.cyclonedx import is_url, library_purl, package_url
from hauberk.attest.predicates import read_time, time_text
from hauberk.core.statement import Json
from hauberk.core.version import VERSION

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
NAMESPACE = "https://hauberk.dev/spdx/"
INFO = "_:creation"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # where nobody says when: the field is mandatory
SPDX_YES = {"yes": "yes", "true": "yes", "no": "no", "none": "no", "false": "no", "n/a": "no"}


def spdx(bom: Bom, created: datetime | None = None) -> dict[str, Json]:
    """The bill as SPDX 3.0.1 JSON-LD; the same bill and time give the same document."""
    graph = _Graph(bom, created or EPOCH)
    graph.draw()
    return {"@context": CONTEXT, "@graph": list(graph.elements)}


class _Graph:
    """The elements, one after the other, each with an IRI that follows from the digest."""

    def __init__(self, bom: Bom, created: datetime) -> None:
        self.bom = bom
        self.created = time_text(created)
        self.elements: list[dict[str, Json]] = []
        self.relations = 0
        self.main = self.iri("model")

    def iri(self, name: str) -> str:
        """The IRI of a part of this document."""
        return f"{NAMESPACE}{self.bom.digest.hex}/{name}"

    def add(self, kind: str, slug: str, /, **fields: Json) -> str:
        """Add an element and give its IRI; empty fields are left out."""
        told = {key: value for key, value in fields.items() if value not in ("", [], {}, None)}
        iri = self.iri(slug)
        self.elements.append({"type": kind, "spdxId": iri, "creationInfo": INFO, **told})
        return iri

    def relate(self, source: str, kind: str, targets: Iterable[str]) -> None:
        """Add a relationship, if there is anything to relate to."""
        listed: list[Json] = [*targets]
        if listed:
            self.relations += 1
            fields: dict[str, Json] = {"from": source, "relationshipType": kind, "to": listed}
            self.add("Relationship", f"relationship-{self.relations}", **fields)

    def draw(self) -> None:
        """Everything."""
        tool, agent = self.iri("tool"), self.iri("agent")
        self.elements.append(
            {
                "type": "CreationInfo",
                "@id": INFO,
                "specVersion": "3.0.1",
                "created": self.created,
                "createdBy": [agent],
                "createdUsing": [tool],
            }
        )
        self.add("SoftwareAgent", "agent", name=f"hauberk {VERSION}")
        self.add("Tool", "tool", name=f"hauberk {VERSION}")
        supplier = self._supplier()
        package = self._package(supplier)
        self._files()
        self._data()
        self._ancestors()
        self._libraries()
        self._licences()
        self._proofs()
        described: list[Json] = [each["spdxId"] for each in self.elements if "spdxId" in each]
        profiles: list[Json] = [*self._profiles(package)]
        sbom = self.add("software_Sbom", "sbom", software_sbomType=["analyzed"], rootElement=[self.main],
                        element=list(described), profileConformance=list(profiles))  # fmt: skip
        self.add("SpdxDocument", "document", rootElement=[sbom], element=[sbom, *described],
                 profileConformance=list(profiles), name=self.bom.text(Field.NAME))  # fmt: skip

    def _profiles(self, package: dict[str, Json]) -> list[str]:
        """What the package conforms to; the AI profile asks for five fields that cards often lack."""
        profiles = ["core", "software", "simpleLicensing"]
        asked = ("suppliedBy", "releaseTime", "software_downloadLocation", "software_packageVersion",
                 "software_primaryPurpose")  # fmt: skip
        if not self.bom.is_dataset and all(package.get(each) for each in asked):
            profiles.append("ai")
        return profiles

    def _supplier(self) -> str:
        name = self.bom.text(Field.SUPPLIER)
        return self.add("Agent", "supplier", name=name) if name else ""

    def _package(self, supplier: str) -> dict[str, Json]:
        bom = self.bom
        download, purl = bom.text(Field.DOWNLOAD), package_url(bom)
        released = read_time(f"{bom.text(Field.RELEASED)}T00:00:00Z") or read_time(bom.text(Field.RELEASED))
        fields: dict[str, Json] = {
            "name": bom.text(Field.NAME),
            "summary": bom.text(Field.DESCRIPTION),
            "software_packageVersion": bom.text(Field.VERSION),
            "software_primaryPurpose": "data" if bom.is_dataset else "model",
            "software_downloadLocation": download if is_url(download) else "",
            "software_packageUrl": purl,
            "software_homePage": next(
                (each.text for each in bom.of(Field.REPOSITORY) if is_url(each.text)), ""
            ),
            "suppliedBy": supplier,
            "releaseTime": time_text(released) if released else "",
            "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": bom.digest.hex}],
        }
        if bom.is_dataset:
            self.add("dataset_DatasetPackage", "model", dataset_datasetType=["noAssertion"], **fields)
        else:
            self.add("ai_AIPackage", "model", **fields, **self._ai())
        return self.elements[-1]

    def _ai(self) -> dict[str, Json]:
        """The AI profile's own fields."""
        bom = self.bom
        said = bom.text(Field.SENSITIVE).strip(" .").lower()
        return {
            "ai_domain": self._texts(Field.DOMAIN),
            "ai_typeOfModel": self._texts(Field.MODEL_TYPE, Field.ARCHITECTURE),
            "ai_hyperparameter": self._entries(Field.HYPERPARAMETER),
            "ai_informationAboutTraining": bom.text(Field.TRAINING),
            "ai_informationAboutApplication": "\n".join(
                dict.fromkeys(
                    each.text
                    for field in (Field.PURPOSE, Field.INTENDED_USE, Field.OUT_OF_SCOPE)
                    for each in bom.of(field)
                )
            ),
            "ai_limitation": "\n".join(each.text for each in bom.of(Field.LIMITATION)),
            "ai_metric": [_entry(f"{m.kind} {m.dataset}".strip(), m.value) for m in bom.metrics],
            "ai_metricDecisionThreshold": self._entries(Field.THRESHOLD),
            "ai_modelDataPreprocessing": self._texts(Field.PREPROCESSING),
            "ai_modelExplainability": self._texts(Field.EXPLAINABILITY),
            "ai_useSensitivePersonalInformation": SPDX_YES.get(said, ""),
            "ai_energyConsumption": self._energy(),
        }

    def _texts(self, *fields: Field) -> list[Json]:
        return list(dict.fromkeys(each.text for field in fields for each in self.bom.of(field)))

    def _entries(self, field: Field) -> list[Json]:
        return [_entry(each.name or field.value, each.text) for each in self.bom.of(field)]

    def _energy(self) -> Json:
        used: list[Json] = [
            {
                "type": "ai_EnergyConsumptionDescription",
                "ai_energyQuantity": each.quantity,
                "ai_energyUnit": "kilowattHour",
            }
            for each in self.bom.energy
            if each.unit == "kWh"
        ]
        return {"type": "ai_EnergyConsumption", "ai_trainingEnergyConsumption": used} if used else {}

    def _files(self) -> None:
        files = [
            self.add(
                "software_File",
                f"file-{index}",
                name=each.path,
                verifiedUsing=[{"type": "Hash", "algorithm": "sha256", "hashValue": each.digest.hex}],
            )
            for index, each in enumerate(self.bom.files)
        ]
        self.relate(self.main, "contains", files)

    def _data(self) -> None:
        made: dict[Field, list[str]] = {Field.TRAINING_SET: [], Field.TEST_SET: []}
        for index, each in enumerate(self.bom.datasets):
            kinds: list[Json] = ["noAssertion"]
            iri = self.add(
                "dataset_DatasetPackage", f"dataset-{index}", name=each.name, dataset_datasetType=kinds
            )
            made[each.field].append(iri)
        self.relate(self.main, "trainedOn", made[Field.TRAINING_SET])
        self.relate(self.main, "testedOn", made[Field.TEST_SET])

    def _ancestors(self) -> None:
        bases = [
            self.add("ai_AIPackage", f"ancestor-{index}", name=each.name, comment=each.relation)
            for index, each in enumerate(self.bom.ancestors)
        ]
        self.relate(self.main, "descendantOf", bases)

    def _libraries(self) -> None:
        libraries = [
            self.add(
                "software_Package",
                f"library-{index}",
                name=each.name,
                software_packageVersion=each.version,
                software_packageUrl=library_purl(each),
            )
            for index, each in enumerate(self.bom.dependencies)
        ]
        self.relate(self.main, "dependsOn", libraries)

    def _licences(self) -> None:
        declared = [each for each in self.bom.licences if each.proof.grade is Grade.DECLARED]
        found = [each for each in self.bom.licences if each.proof.grade is not Grade.DECLARED]
        self.relate(self.main, "hasDeclaredLicense", self._licence("declared", declared))
        self.relate(self.main, "hasConcludedLicense", self._licence("concluded", found))

    def _licence(self, kind: str, licences: list[Licensed]) -> list[str]:
        """Expressions; a licence that is none of SPDX's gets a LicenseRef and its name as comment."""
        made = []
        for index, each in enumerate(licences):
            name = each.licence.name
            expression = each.licence.expression or f"LicenseRef-{_reference(name)}"
            made.append(
                self.add(
                    "simplelicensing_LicenseExpression",
                    f"licence-{kind}-{index}",
                    simplelicensing_licenseExpression=expression,
                    comment=name,
                )
            )
        return made

    def _proofs(self) -> None:
        score = completeness(self.bom)
        told = {
            "completeness": score.percent,
            "proofs": [[field.value, name, str(proof)] for field, name, proof in self.bom.proofs()],
            "gaps": [f"{each.place}: {each.reason}: {each.message}" for each in self.bom.gaps],
        }
        self.add("Annotation", "proofs", annotationType="other", subject=self.main,
                 contentType="application/json", statement=json.dumps(told, ensure_ascii=False))  # fmt: skip


def _entry(key: str, value: str) -> dict[str, Json]:
    return {"type": "DictionaryEntry", "key": key, "value": value}


def _reference(name: str) -> str:
    return "".join(each if each.isascii() and each.isalnum() else "-" for each in name)[:80] or "unnamed"
