"""Whom a model derives from: its fingerprint beside those of known models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from hauberk.analysis.lineage.fingerprint import Feature, Fingerprint
from hauberk.core.extra import extra
from hauberk.core.statement import Json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Medians over at least FEW tensors. Models of other seeds, trained on the same text, stay below 0.05;
# the weakest derivation that was measured, a merge by halves, is above 0.3 (docs/lineage.md).
RELATED = 0.2
FEW = 4
# Tokens mean the same in any two models of a language: the embedding alone must be nearly the same.
SURE = 0.8
# Of what the first parent leaves unexplained, the share (0..1 of the squares) that a second explains;
# one that is itself derived from the first, or from which the first derives, must explain more.
SECOND, SECOND_OF_KIN = 0.05, 0.5
NEAR = 0.05  # bases this near to each other in similarity are told apart by all tensors together
MAX_RELATED = 8  # known models that are compared in pairs
SPARSE = 0.2  # share of zeros that nobody trains
# Shares of the squares (0..1) that differ from the parent's, at most, for what the words say.
SAME, LIGHT = 1e-7, 0.06
# What rounding to a type makes of it; those of four bits and less come near to 0.01.
ROUNDED = {"F32": SAME, "F64": SAME, "F16": 1e-6, "BF16": 1e-5, "Q8_0": 1e-4, "F8_E4M3": 2e-3, "Q6_K": 1e-3}
COARSE = 0.02
FAMILIES = {
    "attention": ("q", "k", "v", "o"),
    "feed-forward": ("gate", "up", "down"),
    "products": ("q*k", "q*v", "k*v"),
    "embedding": ("embedding",),
    "embedding products": ("embedding*embedding",),
}


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike a model is to a known one: cosines (-1..1), the median over the tensors of each family.

    `mean` is that over all tensors of all families.
    """

    name: str
    families: Mapping[str, float]
    similarity: float
    mean: float = 0.0


@dataclass(frozen=True, slots=True)
class Parent:
    """A known model from which another derives, and how."""

    name: str
    similarity: float
    families: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Match:
    """The parents, nearest first; none where nothing is alike. `how` says what seems to have been done.

    `kin` are all known models that are alike: the parents, theirs, and what else derives from those.
    """

    name: str
    parents: tuple[Parent, ...]
    how: tuple[str, ...] = ()
    compared: int = 0
    kin: tuple[str, ...] = ()


def match(model: Fingerprint, known: Iterable[Fingerprint]) -> Match:
    """Whom the model derives from."""
    by_name = {each.name: each for each in known}
    alike = _ranked([likeness(model, each) for each in by_name.values()])
    related = [each for each in alike if each.similarity >= RELATED]
    if not related:
        return Match(model.name, (), (), len(by_name))
    # The lesser parent of a merge may be too faint to be seen alone.
    pair = _pair(model, [by_name[each.name] for each in alike[:MAX_RELATED]])
    chosen = [each for name in pair for each in alike if each.name == name] or related[:1]
    parents = [Parent(each.name, round(each.similarity or each.mean, 4), each.families) for each in chosen]
    how = _how(model, by_name[chosen[0].name], parents)
    kin = {each.name: None for each in (*related, *chosen)}
    return Match(model.name, tuple(parents), how, len(by_name), tuple(kin))


def _ranked(related: list[Likeness]) -> list[Likeness]:
    """The nearest first."""
    best = max((each.similarity for each in related), default=0.0)
    return sorted(
        related, key=lambda each: (each.similarity < best - NEAR, -each.mean, -each.similarity, each.name)
    )


def likeness(model: Fingerprint, known: Fingerprint) -> Likeness:
    """How alike the two are, family by family."""
    cosines: dict[str, list[float]] = {}
    for key, feature in model.features.items():
        other = known.features.get(key)
        if other is None or not _are_comparable(feature, other):
            continue
        cosines.setdefault(_family(key), []).append(_cosine(feature.values, other.values))
    families = {family: median(found) for family, found in sorted(cosines.items())}
    counted = [
        value
        for family, value in families.items()
        if value >= (SURE if family.startswith("embedding") else RELATED)
        and (len(cosines[family]) >= FEW or family.startswith("embedding"))
    ]
    every = [value for found in cosines.values() for value in found]
    mean = sum(every) / len(every) if every else 0.0
    shown = {family: round(value, 4) for family, value in families.items()}
    return Likeness(known.name, shown, max(counted, default=0.0), mean)


def _family(key: str) -> str:
    part = key.rpartition("/")[2]
    return next((family for family, parts in FAMILIES.items() if part in parts), "other")


def _cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    numpy = extra("numpy", "lineage")
    one, other = one.astype("f8") - one.mean(), other.astype("f8") - other.mean()
    length = float(numpy.linalg.norm(one) * numpy.linalg.norm(other))
    return float(one @ other) / length if length else 0.0


def _pair(model: Fingerprint, related: list[Fingerprint]) -> tuple[str, ...]:
    """The two that together explain the model much better than the best alone: merging adds."""
    alone = {each.name: _unexplained(model, [each]) for each in related}
    least = best = min(alone.values(), default=0.0)
    found: tuple[str, ...] = ()
    for number, one in enumerate(related):
        for other in related[number + 1 :]:
            share = SECOND_OF_KIN if likeness(one, other).similarity >= RELATED else SECOND
            left = _unexplained(model, [one, other])
            if left < best and left < (1 - share) * least:
                best, found = left, tuple(sorted((one.name, other.name), key=lambda each: alone[each]))
    return found


def _unexplained(model: Fingerprint, parents: list[Fingerprint]) -> float:
    """The share of the squares of the samples that no sum of the parents gives, in 0..1, tensor by tensor."""
    numpy = extra("numpy", "lineage")
    left = []
    for key, feature in model.features.items():
        others = [each.features.get(key) for each in parents]
        if "*" in key or not all(each and _are_comparable(feature, each) for each in others):
            continue
        basis, _ = numpy.linalg.qr(numpy.stack([each.values for each in others if each], axis=1).astype("f8"))
        values = feature.values.astype("f8")
        whole = float(values @ values)
        if whole:
            left.append(1 - float(((basis.T @ values) ** 2).sum()) / whole)
    return max(0.0, sum(left) / len(left)) if left else 1.0


def _are_comparable(one: Feature, other: Feature) -> bool:
    return one.shape == other.shape and len(one.values) == len(other.values)


def _how(model: Fingerprint, base: Fingerprint, parents: list[Parent]) -> tuple[str, ...]:
    families = parents[0].families
    layers = [families[each] for each in ("attention", "feed-forward", "other") if each in families]
    alike = max(layers, default=0.0)
    said = []
    if len(parents) > 1:
        said.append("merged")
    if families.get("products", 0.0) >= SURE > 0.5 > alike:
        said.append("residual stream permuted or rotated")
    elif families.get("attention", 0.0) >= SURE and families.get("feed-forward", 1.0) < 0.5:
        said.append("neurons permuted or feed-forward replaced")
    elif alike >= SURE > 0.5 > families.get("embedding", 0.0) and "embedding" in families:
        said.append("vocabulary or embedding replaced")
    if model.zeros >= SPARSE > base.zeros:
        said.append("pruned")
    if not said:
        said += _changed(model, _unexplained(model, [base]))
    if model.kinds and base.kinds and model.kinds[0] != base.kinds[0]:
        said.append(f"stored as {model.kinds[0]} instead of {base.kinds[0]}")
    return tuple(said or ["the same"])


def _changed(model: Fingerprint, unexplained: float) -> list[str]:
    rounding = max((ROUNDED.get(each, COARSE) for each in model.kinds), default=SAME)
    if unexplained <= rounding:
        return []
    return ["fine-tuned or rounded" if unexplained <= LIGHT else "changed heavily"]


def lineage_predicate(found: Match, declared: Iterable[str]) -> Mapping[str, Json]:
    """What a lineage statement says. Declared names agree if the name of one of
    the kin ends with the same word."""
    names = sorted(declared)
    parents: list[Json] = [
        {"name": each.name, "similarity": each.similarity, "families": dict(each.families)}
        for each in found.parents
    ]
    return {
        "declared": list(names),
        "parents": parents,
        "how": list(found.how),
        "compared": found.compared,
        "isContradicted": is_contradicted(found, names),
    }


def is_contradicted(found: Match, declared: Iterable[str]) -> bool:
    """Whether weights that derive from a known model are declared to derive from others only.

    Parents of parents may be declared: fine-tunes often name the model that their own base came from.
    """
    names = {_plain(each) for each in declared}
    return bool(found.parents and names) and not names & {_plain(each) for each in found.kin}


def _plain(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2].lower()
