"""Lineage: what a model derives from, measured and declared."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hauberk.core.statement import Json
from hauberk.gate.policy.claims import TYPES, list_at, number_of, shown, text_at
from hauberk.gate.policy.demands import LineageDemand
from hauberk.gate.policy.evidence import Claim, Court
from hauberk.gate.policy.judges.ruling import Ruling
from hauberk.gate.policy.outcome import Outcome

REMEDY = "Have the lineage measured, and declare the true base."


def judge_lineage(demand: LineageDemand, court: Court) -> list[Outcome]:
    """The newest lineage: not contradicted, and from an allowed base."""
    bases = f" derived from {', '.join(demand.bases[:8])}" if demand.bases else ""
    ruling = Ruling("lineage", f"weights{bases}, as declared", REMEDY)
    selection = court.select(TYPES["lineage"], demand)
    return [ruling.newest(selection, lambda claim: _judge(ruling, claim, demand))]


def _judge(ruling: Ruling, claim: Claim, demand: LineageDemand) -> Outcome:
    contradicted = claim.predicate.get("isContradicted")
    if contradicted is True:
        return ruling.violated("the measured base contradicts the declared one", claim)
    declared, measured = _declared(claim), _measured(claim, demand.similarity)
    if contradicted is not False or declared is None or measured is None:
        return ruling.unknown("the lineage statement cannot be read", claim)
    if not measured and not demand.from_scratch:
        return ruling.unknown("no base was measured", claim)
    names = list(dict.fromkeys([*declared, *measured]))
    if not names:
        return ruling.met("it has no base", claim)
    strangers = [each for each in names if not any(fnmatchcase(each, glob) for glob in demand.bases)]
    if demand.bases and strangers:
        return ruling.violated(f"it derives from {', '.join(shown(each) for each in strangers[:4])}", claim)
    return ruling.met(f"it derives from {', '.join(shown(each) for each in names[:4])}", claim)


def _declared(claim: Claim) -> list[str] | None:
    """The bases that somebody declared; None for what cannot be read."""
    listed = list_at(claim.predicate, "declared")
    if listed is None:
        return None
    names = [each if isinstance(each, str) else text_at(each, "name") for each in listed]
    return names if all(names) else None


def _measured(claim: Claim, least: float) -> list[str] | None:
    """The bases of at least the similarity; None for what cannot be read."""
    listed = list_at(claim.predicate, "parents")
    if listed is None:
        return None
    found = [(text_at(each, "name"), _similarity(each)) for each in listed]
    if not all(name and similarity is not None for name, similarity in found):
        return None
    return [name for name, similarity in found if similarity is not None and similarity >= least]


def _similarity(parent: Json) -> float | None:
    return number_of(parent.get("similarity")) if isinstance(parent, dict) else None
