"""The model card of a CycloneDX component: what has a place there, and properties for the rest.

Source: bom-1.6.schema.json, `modelCard`.
"""

from __future__ import annotations

from collections.abc import Iterable

from hauberk.attest.bom.bom import Bom, Field
from hauberk.core.statement import Json

# What the schema has no field for; the names are those of SPDX 3.0.1's AI profile where it has one.
WITHOUT_PLACE = (
    Field.HYPERPARAMETER, Field.THRESHOLD, Field.TRAINING, Field.PREPROCESSING, Field.SENSITIVE,
    Field.EXPLAINABILITY, Field.OUT_OF_SCOPE, Field.PARAMETERS, Field.NUMBER_TYPE, Field.QUANTISATION,
    Field.CONTEXT, Field.COMPUTE, Field.RELEASED,
)  # fmt: skip


def properties(pairs: Iterable[tuple[str, str]]) -> list[Json]:
    """Names and values as the schema has them, in their order."""
    return [{"name": name, "value": value} for name, value in pairs]


def model_card(bom: Bom) -> dict[str, Json]:
    """The card."""
    told = [
        (f"hauberk:{each.field.value}{f':{each.name}' if each.name else ''}", each.text)
        for field in WITHOUT_PLACE
        for each in bom.of(field)
    ]
    parts: dict[str, Json] = {
        "modelParameters": _parameters(bom),
        "quantitativeAnalysis": _analysis(bom),
        "considerations": _considerations(bom),
        "properties": properties(told),
    }
    return {name: part for name, part in parts.items() if part}


def _parameters(bom: Bom) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, field in (
        ("task", Field.PURPOSE),
        ("architectureFamily", Field.MODEL_TYPE),
        ("modelArchitecture", Field.ARCHITECTURE),
    ):
        if text := bom.text(field):
            found[key] = text
    if bom.datasets:
        found["datasets"] = [{"ref": f"dataset-{index}"} for index in range(len(bom.datasets))]
    return found


def _analysis(bom: Bom) -> dict[str, Json]:
    metrics: list[Json] = []
    for each in bom.metrics:
        metric: dict[str, Json] = {"type": each.kind, "value": each.value}
        if each.dataset:
            metric["slice"] = f"{each.dataset} ({each.split})" if each.split else each.dataset
        metrics.append(metric)
    return {"performanceMetrics": metrics} if metrics else {}


def _considerations(bom: Bom) -> dict[str, Json]:
    found: dict[str, Json] = {}
    if texts := [each.text for each in bom.of(Field.INTENDED_USE)]:
        found["useCases"] = list(texts)
    if texts := [each.text for each in bom.of(Field.LIMITATION)]:
        found["technicalLimitations"] = list(texts)
    risks = [each.text for field in (Field.SAFETY, Field.ETHICS) for each in bom.of(field)]
    if risks:
        found["ethicalConsiderations"] = [{"name": text} for text in dict.fromkeys(risks)]
    if bom.energy:
        found["environmentalConsiderations"] = _environment(bom)
    return found


def _environment(bom: Bom) -> dict[str, Json]:
    """Energy has a place with its provider; carbon dioxide alone has none but properties."""
    used = next((each.quantity for each in bom.energy if each.unit == "kWh"), None)
    carbon = next((each.quantity for each in bom.energy if each.unit == "tCO2eq"), None)
    found: dict[str, Json] = {
        "properties": properties(
            (f"hauberk:energy:{each.unit}", f"{each.quantity:.12g}") for each in bom.energy
        )
    }
    if used is not None:
        cost: dict[str, Json] = {"value": used, "unit": "kWh"}
        consumption: dict[str, Json] = {
            "activity": "training",
            "energyProviders": [
                {
                    "organization": {"name": "unknown"},
                    "energySource": "unknown",
                    "energyProvided": dict(cost),
                }
            ],
            "activityEnergyCost": cost,
        }
        if carbon is not None:
            consumption["co2CostEquivalent"] = {"value": carbon, "unit": "tCO2eq"}
        found["energyConsumptions"] = [consumption]
    return found
