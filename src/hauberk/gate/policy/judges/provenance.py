"""Provenance (SLSA): who built it, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from hauberk.gate.policy.claims import TYPES, shown, text_at
from hauberk.gate.policy.demands import ProvenanceDemand
from hauberk.gate.policy.evidence import Claim, Court
from hauberk.gate.policy.judges.ruling import Ruling, per_claim
from hauberk.gate.policy.outcome import Outcome

BUILDER = ("runDetails", "builder", "id")
BUILD_TYPE = ("buildDefinition", "buildType")
REMEDY = "Have it built where the policy allows, and its provenance attested."


def judge_provenance(demand: ProvenanceDemand, court: Court) -> list[Outcome]:
    """The newest provenance, held against all that the demand asks."""
    return per_claim(court.select(TYPES["provenance"], demand), _rulings(demand))


def _rulings(demand: ProvenanceDemand) -> Iterator[tuple[Ruling, Callable[[Ruling, Claim], Outcome]]]:
    asks = f"a build by {', '.join(demand.builders[:4]) or 'a builder that is named'}"
    yield Ruling("provenance builder", asks, REMEDY), _matches(BUILDER, demand.builders)
    if demand.build_types:
        asks = f"a build of the type {', '.join(demand.build_types[:4])}"
        yield Ruling("provenance type", asks, REMEDY), _matches(BUILD_TYPE, demand.build_types)


def _matches(path: tuple[str, ...], globs: tuple[str, ...]) -> Callable[[Ruling, Claim], Outcome]:
    def judge(ruling: Ruling, claim: Claim) -> Outcome:
        found = text_at(claim.predicate, *path)
        if not found:
            return ruling.unknown(f"the provenance does not say {'.'.join(path)}", claim)
        is_allowed = not globs or any(fnmatchcase(found, each) for each in globs)
        words = f"it is {shown(found)}"
        return ruling.met(words, claim) if is_allowed else ruling.violated(words, claim)

    return judge
