"""CycloneDX 1.6 and 1.7: a bill of materials with a model card, in which each fact has its proof.

Proofs are properties: `hauberk:proof:<field>[:<of what>]` is the grade, a space and the place.

Source: ECMA-424 (CycloneDX 1.6), bom-1.6.schema.json and bom-1.7.schema.json.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

from hauberk.attest.bom.bom import Bom, Dependency, Field, Grade, Licensed
from hauberk.attest.bom.completeness import completeness
from hauberk.attest.bom.cyclonedx_card import model_card, properties
from hauberk.attest.predicates import time_text
from hauberk.core.statement import Json, Statement, Subject
from hauberk.core.version import VERSION
from hauberk.formats.licence import Licence

VERSIONS = ("1.6", "1.7")
PREDICATE_TYPE = "https://cyclonedx.org/bom"
# The namespace of serial numbers, which follow from the content: RFC 9562, 6.6 (URL) of our name.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://hauberk.dev/bom")
MAIN = "model"
MAX_STATEMENT_FILES = 10_000  # files that the statement names beside their folder


def cyclonedx(bom: Bom, created: datetime | None = None, version: str = "1.6") -> dict[str, Json]:
    """The bill as CycloneDX JSON; the same bill and time give the same document."""
    if version not in VERSIONS:
        raise ValueError(f"CycloneDX {version} is none of {', '.join(VERSIONS)}")
    document: dict[str, Json] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "version": 1,
        "metadata": _metadata(bom, created),
        "components": [*_datasets(bom), *_libraries(bom)],
        "dependencies": _dependencies(bom),
    }
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(NAMESPACE, _canonical(document))}"
    return document


def bom_statement(bom: Bom, created: datetime | None = None) -> Statement:
    """The bill as a claim about the folder and its files."""
    name = bom.text(Field.NAME)
    files = [Subject(each.path, each.digest) for each in bom.files[:MAX_STATEMENT_FILES]]
    if len(files) == 1 and files[0].digest == bom.digest:
        files = []
    return Statement((Subject(name, bom.digest), *files), PREDICATE_TYPE, cyclonedx(bom, created))


def _canonical(value: Json) -> str:
    import json

    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _metadata(bom: Bom, created: datetime | None) -> dict[str, Json]:
    score = completeness(bom)
    told = [
        ("hauberk:completeness", str(score.percent)),
        ("hauberk:fields", f"{score.present} of {len(score.fields)}"),
        *(("hauberk:missing", each.field.value) for each in score.fields if each.proof is None),
        *(("hauberk:gap", f"{each.place}: {each.reason}: {each.message}") for each in bom.gaps),
    ]
    found: dict[str, Json] = {
        "tools": {"components": [{"type": "application", "name": "hauberk", "version": VERSION}]},
        "component": _main(bom),
        "properties": properties(told),
    }
    if created is not None:
        found["timestamp"] = time_text(created)
    return found


def _main(bom: Bom) -> dict[str, Json]:
    kind = "data" if bom.is_dataset else "machine-learning-model"
    found: dict[str, Json] = {
        "type": kind,
        "bom-ref": MAIN,
        "name": bom.text(Field.NAME),
        "version": bom.text(Field.VERSION),
        # The digest of the manifest, as `sha256sum` writes it; of the file itself where it is one.
        "hashes": [{"alg": "SHA-256", "content": bom.digest.hex}],
        "components": _files(bom),
        "properties": properties(_proofs(bom)),
    }
    if text := bom.text(Field.DESCRIPTION):
        found["description"] = text
    if text := bom.text(Field.SUPPLIER):
        found["supplier"] = {"name": text, **_contacts(bom)}
    if listed := licences(bom):
        found["licenses"] = listed
    if purl := package_url(bom):
        found["purl"] = purl
    if references := _references(bom):
        found["externalReferences"] = references
    if tags := [each.text for field in (Field.DOMAIN, Field.LANGUAGE) for each in bom.of(field)]:
        found["tags"] = list(dict.fromkeys(tags))
    if bom.ancestors:
        found["pedigree"] = {"ancestors": [_ancestor(bom, index) for index in range(len(bom.ancestors))]}
    if not bom.is_dataset:
        found["modelCard"] = model_card(bom)
    return found


def _contacts(bom: Bom) -> dict[str, Json]:
    contacts: list[Json] = [{"name": each.text} for each in bom.of(Field.CONTACT)]
    return {"contact": contacts} if contacts else {}


def _proofs(bom: Bom) -> Iterator[tuple[str, str]]:
    for field, name, proof in bom.proofs():
        yield f"hauberk:proof:{field.value}{f':{name}' if name else ''}", str(proof)


def licences(bom: Bom) -> list[Json]:
    """What is declared; where nothing is, what texts in the folder are. One expression, or a list."""
    declared = [each for each in bom.licences if each.proof.grade is Grade.DECLARED]
    chosen = declared or list(bom.licences)
    if len(chosen) == 1 and " " in chosen[0].licence.expression:
        return [{"expression": chosen[0].licence.expression, "acknowledgement": _word(chosen[0])}]
    found: dict[Licence, Json] = {}
    for each in chosen:
        licence: dict[str, Json] = {"acknowledgement": _word(each)}
        expression = each.licence.expression
        is_id = bool(expression) and " " not in expression and "LicenseRef-" not in expression
        is_id = is_id and not expression.endswith("+")
        licence["id" if is_id else "name"] = expression or each.licence.name or "unnamed"
        found.setdefault(each.licence, {"license": licence})
    return list(found.values())


def _word(licensed: Licensed) -> str:
    return "declared" if licensed.proof.grade is Grade.DECLARED else "concluded"


def package_url(bom: Bom) -> str:
    """The purl of a model of the Hub, if the download location says that it is one.

    Source: package-url specification, type huggingface (the version is the commit).
    """
    from urllib.parse import quote

    location = bom.text(Field.DOWNLOAD)
    prefix = "https://huggingface.co/"
    parts = location.removeprefix(prefix).strip("/").split("/")
    if not location.startswith(prefix) or len(parts) != 2 or bom.is_dataset:
        return ""
    version = bom.text(Field.VERSION)
    commit = f"@{version}" if len(version) == 40 and version.isalnum() else ""
    return f"pkg:huggingface/{quote(parts[0])}/{quote(parts[1])}{commit}"


def _references(bom: Bom) -> list[Json]:
    kinds = {Field.DOWNLOAD: "distribution", Field.REPOSITORY: "vcs", Field.PAPER: "documentation"}
    found: list[Json] = []
    for field, kind in kinds.items():
        for url in dict.fromkeys(each.text for each in bom.of(field)):
            if is_url(url):
                found.append({"type": kind, "url": url})
    return found


def is_url(text: str) -> bool:
    """Whether a reader may take the text for a web address."""
    return (
        text.startswith(("https://", "http://")) and text.isprintable() and not set(text) & set(' "<>\\^`{|}')
    )


def _ancestor(bom: Bom, index: int) -> dict[str, Json]:
    each = bom.ancestors[index]
    found: dict[str, Json] = {
        "type": "machine-learning-model",
        "bom-ref": f"ancestor-{index}",
        "name": each.name,
        "properties": properties([("hauberk:proof:lineage", str(each.proof))]),
    }
    if each.relation:
        found["description"] = f"base model ({each.relation})"
    return found


def _files(bom: Bom) -> list[Json]:
    """The files; a licence of the whole is one of every part."""
    listed = licences(bom)
    found: list[Json] = []
    for index, each in enumerate(bom.files):
        file: dict[str, Json] = {
            "type": "file",
            "bom-ref": f"file-{index}",
            "name": each.path,
            "hashes": [{"alg": "SHA-256", "content": each.digest.hex}],
            "properties": properties([("hauberk:size", str(each.size))]),
        }
        if listed:
            file["licenses"] = listed
        found.append(file)
    return found


def _datasets(bom: Bom) -> list[Json]:
    found: list[Json] = []
    for index, each in enumerate(bom.datasets):
        role = "training" if each.field is Field.TRAINING_SET else "test"
        found.append(
            {
                "type": "data",
                "bom-ref": f"dataset-{index}",
                "name": each.name,
                "data": [{"type": "dataset", "name": each.name, "description": f"{role} data"}],
                "properties": properties([(f"hauberk:proof:{each.field.value}", str(each.proof))]),
            }
        )
    return found


def _libraries(bom: Bom) -> list[Json]:
    found: list[Json] = []
    for index, each in enumerate(bom.dependencies):
        library: dict[str, Json] = {
            "type": "library",
            "bom-ref": f"library-{index}",
            "name": each.name,
            "properties": properties([("hauberk:proof:runtimeDependency", str(each.proof))]),
        }
        if each.version:
            library["version"] = each.version
        if purl := library_purl(each):
            library["purl"] = purl
        found.append(library)
    return found


def library_purl(library: Dependency) -> str:
    """The purl of a Python library that is pinned to one version; empty for any other."""
    from urllib.parse import quote

    is_pinned = library.version[:1].isdigit() and not set(library.version) & set("<>=!~,* ")
    return f"pkg:pypi/{quote(library.name)}@{quote(library.version)}" if is_pinned else ""


def _dependencies(bom: Bom) -> list[Json]:
    needed: list[Json] = [f"library-{index}" for index in range(len(bom.dependencies))]
    needed += [f"dataset-{index}" for index in range(len(bom.datasets))]
    return [{"ref": MAIN, "dependsOn": needed}]
