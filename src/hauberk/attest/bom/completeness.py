"""How complete a bill of materials is: the 24 fields of the OWASP AIBOM field mapping, weighted.

The fields are the mapping's; the weights are the tiers of the generator's field registry (3 critical,
2 important, 1 supplementary), and ours for the four fields that the registry does not have.

Source: GenAI-Security-Project/aibom-generator, docs/aibom-field-mapping and field registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hauberk.attest.bom.bom import Bom, Field, Proof

CRITICAL, IMPORTANT, SUPPLEMENTARY = 3, 2, 1
WEIGHTS: Mapping[Field, int] = {
    Field.NAME: CRITICAL,
    Field.VERSION: CRITICAL,
    Field.DESCRIPTION: IMPORTANT,
    Field.DOWNLOAD: CRITICAL,
    Field.REPOSITORY: SUPPLEMENTARY,
    Field.SUPPLIER: CRITICAL,
    Field.LICENCE: IMPORTANT,
    Field.PURPOSE: CRITICAL,
    Field.DOMAIN: SUPPLEMENTARY,
    Field.MODEL_TYPE: IMPORTANT,
    Field.HYPERPARAMETER: IMPORTANT,
    Field.METRIC: SUPPLEMENTARY,
    Field.THRESHOLD: SUPPLEMENTARY,
    Field.ENERGY: IMPORTANT,
    Field.TRAINING: SUPPLEMENTARY,
    Field.PREPROCESSING: SUPPLEMENTARY,
    Field.SENSITIVE: SUPPLEMENTARY,
    Field.EXPLAINABILITY: SUPPLEMENTARY,
    Field.LIMITATION: IMPORTANT,
    Field.SAFETY: IMPORTANT,
    Field.DEPENDENCY: IMPORTANT,  # ours: the registry has none of these four
    Field.LINEAGE: IMPORTANT,
    Field.TRAINING_SET: IMPORTANT,
    Field.TEST_SET: SUPPLEMENTARY,
}


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a field is there, what it weighs, and the best proof of it."""

    field: Field
    weight: int
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class Completeness:
    """Every one of the 24 fields."""

    fields: tuple[Presence, ...]

    @property
    def present(self) -> int:
        """How many of the fields are there."""
        return sum(each.proof is not None for each in self.fields)

    @property
    def percent(self) -> int:
        """0..100, by weight, rounded down: what is asked for is reached or not."""
        reached = sum(each.weight for each in self.fields if each.proof is not None)
        return 100 * reached // sum(each.weight for each in self.fields)


def completeness(bom: Bom) -> Completeness:
    """Which of the fields are there."""
    order = list(type(bom.facts[0].proof.grade)) if bom.facts else []
    best: dict[Field, Proof] = {}
    for field, _, proof in bom.proofs():
        if field not in best or order.index(proof.grade) < order.index(best[field].grade):
            best[field] = proof
    return Completeness(tuple(Presence(field, weight, best.get(field)) for field, weight in WEIGHTS.items()))
