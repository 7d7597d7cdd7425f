"""The bill of materials of a model or data set: nouns that know how they are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from hauberk.core.digest import Digest
from hauberk.core.finding import Place
from hauberk.core.gap import Gap
from hauberk.formats.licence import Licence


class Grade(StrEnum):
    """How a fact is known, the best first."""

    COMPUTED = "computed"  # from the bytes, by us: anybody can do it again
    READ = "read"  # stands in a file that loading the model uses
    DECLARED = "declared"  # the author says so
    INFERRED = "inferred"  # follows from something else, by our rule


class Field(StrEnum):
    """What can be said of a model; the first 24 are those of the OWASP AIBOM field mapping, in order."""

    NAME = "name"
    VERSION = "version"
    DESCRIPTION = "description"
    DOWNLOAD = "downloadLocation"
    REPOSITORY = "sourceRepository"
    SUPPLIER = "supplier"
    LICENCE = "license"
    PURPOSE = "primaryPurpose"
    DOMAIN = "domain"
    MODEL_TYPE = "typeOfModel"
    HYPERPARAMETER = "hyperparameter"
    METRIC = "metric"
    THRESHOLD = "metricDecisionThreshold"
    ENERGY = "energyConsumption"
    TRAINING = "informationAboutTraining"
    PREPROCESSING = "modelDataPreprocessing"
    SENSITIVE = "useSensitivePersonalInformation"
    EXPLAINABILITY = "modelExplainability"
    LIMITATION = "limitation"
    SAFETY = "safetyRiskAssessment"
    DEPENDENCY = "runtimeDependency"
    LINEAGE = "lineage"
    TRAINING_SET = "trainingDataset"
    TEST_SET = "testDataset"
    # Beyond the 24.
    ARCHITECTURE = "architecture"
    PARAMETERS = "parameters"
    NUMBER_TYPE = "numberType"
    QUANTISATION = "quantisation"
    CONTEXT = "contextLength"
    INTENDED_USE = "intendedUse"
    OUT_OF_SCOPE = "outOfScopeUse"
    ETHICS = "ethicalConsiderations"
    CONTACT = "contact"
    LANGUAGE = "language"
    PAPER = "paper"
    COMPUTE = "computeInfrastructure"
    RELEASED = "releaseTime"


@dataclass(frozen=True, slots=True)
class Proof:
    """How something is known, and where it stands."""

    grade: Grade
    place: Place

    def __str__(self) -> str:
        return f"{self.grade} {self.place}"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known; `name` tells facts of one field apart (which hyperparameter)."""

    field: Field
    text: str
    proof: Proof
    name: str = ""


@dataclass(frozen=True, slots=True)
class Licensed:
    """A licence: what the author declares, or what a text in the folder is."""

    licence: Licence
    proof: Proof


@dataclass(frozen=True, slots=True)
class Dataset:
    """Data that the model was trained or tested on; `field` says which."""

    name: str
    field: Field
    proof: Proof


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A model that this one was made from; `relation`: finetune, adapter, quantized, merge, or empty."""

    name: str
    relation: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class Metric:
    """One result of an evaluation, as the author claims it."""

    kind: str
    value: str
    dataset: str
    split: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class Energy:
    """What training took: `unit` is kWh, or tCO2eq (tonnes)."""

    quantity: float
    unit: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class Dependency:
    """A library that running the model needs; `version` as it is pinned, or empty."""

    name: str
    version: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class File:
    """A file of the folder, its size in bytes and its digest."""

    path: str
    size: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Bom:
    """Everything that is known of one model (or, without weights, data set), and what could not be read.

    `digest` is the folder's: of its manifest, or of the one file.
    """

    digest: Digest
    is_dataset: bool
    facts: tuple[Fact, ...]
    licences: tuple[Licensed, ...]
    datasets: tuple[Dataset, ...]
    ancestors: tuple[Ancestor, ...]
    metrics: tuple[Metric, ...]
    energy: tuple[Energy, ...]
    dependencies: tuple[Dependency, ...]
    files: tuple[File, ...]
    gaps: tuple[Gap, ...]

    def of(self, field: Field) -> list[Fact]:
        """The facts of a field, the best proven first as they were gathered."""
        return [each for each in self.facts if each.field is field]

    def text(self, field: Field) -> str:
        """The first fact's text; empty where nothing is known."""
        return next((each.text for each in self.facts if each.field is field), "")

    def proofs(self) -> Iterator[tuple[Field, str, Proof]]:
        """Every proof there is: of which field, of what, and how."""
        for fact in self.facts:
            yield fact.field, fact.name, fact.proof
        for licensed in self.licences:
            licence = licensed.licence
            yield Field.LICENCE, licence.expression or licence.name, licensed.proof
        for dataset in self.datasets:
            yield dataset.field, dataset.name, dataset.proof
        for ancestor in self.ancestors:
            yield Field.LINEAGE, ancestor.name, ancestor.proof
        for metric in self.metrics:
            yield Field.METRIC, f"{metric.kind} {metric.dataset}".strip(), metric.proof
        for energy in self.energy:
            yield Field.ENERGY, energy.unit, energy.proof
        for dependency in self.dependencies:
            yield Field.DEPENDENCY, dependency.name, dependency.proof
