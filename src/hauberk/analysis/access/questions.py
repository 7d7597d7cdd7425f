"""Questions about policies, each decided over all requests: a request that shows it, or a proof.

A policy here is a document; where several are given, they are attached to the same principal or
resource, and what one denies is denied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from hauberk.analysis.access import compiled, conditions
from hauberk.analysis.access.actions import Space, actions, space
from hauberk.analysis.access.atoms import Clauses
from hauberk.analysis.access.compiled import Ready
from hauberk.analysis.access.keys import is_several
from hauberk.analysis.access.request import Request
from hauberk.analysis.access.scenario import Scenario
from hauberk.core.errors import OverBudget, Undecided
from hauberk.formats.iam_policy import Effect, IamPolicy, PolicyStatement

# Statements of one policy that are held against each other: AWS allows 6,144 characters.
MAX_FATES = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """`holds` is None where nobody could decide; `witness` shows what is, or what is not."""

    holds: bool | None
    words: str
    witness: Request | None = None


class Fate(StrEnum):
    """What becomes of a statement among its siblings."""

    WORKS = "works"
    IMPOSSIBLE = "impossible"  # no request fits it
    DENIED = "denied"  # whatever it allows is denied
    REDUNDANT = "redundant"  # without it the same is decided
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Limits:
    """Facts about the requests that are asked about: clauses, known keys, and the pattern of actions."""

    facts: Clauses = ()
    known: Mapping[str, tuple[str, ...]] | None = None
    actions: tuple[str, ...] = ("*",)


EVERYTHING = Limits()


def first(scenarios: Iterable[Scenario]) -> Request | None:
    """A request of one of the scenarios; None proves that no one has any. Raises Undecided."""
    undecided: Undecided | None = None
    for each in scenarios:
        try:
            found = each.witness()
        except Undecided as error:
            undecided = undecided or error
            continue
        if found is not None:
            return found
    if undecided is not None:
        raise undecided
    return None


def several_keys(policies: Iterable[IamPolicy]) -> frozenset[str]:
    """The keys of the policies that a request can have several values of."""
    table = actions()
    found: set[str] = set()
    for policy in policies:
        for statement in policy.statements:
            for each in statement.conditions:
                key = each.key.lower()
                if conditions.named(each.operator).quantifier or is_several(key, table):
                    found.add(key)
    return frozenset(found)


def no_broader(narrow: Sequence[IamPolicy], wide: Sequence[IamPolicy], limits: Limits = EVERYTHING) -> Answer:
    """Whether `wide` allows whatever `narrow` allows."""
    where = _space([*narrow, *wide], limits)
    several = several_keys([*narrow, *wide])
    allowed, denied = tuple(compiled.allows(narrow, where)), tuple(compiled.denies(narrow, where))
    wide_allows, wide_denies = tuple(compiled.allows(wide, where)), tuple(compiled.denies(wide, where))
    base = Scenario(where, (allowed,), denied, several=several)
    base = limited(base, limits)
    scenarios = [replace(base, unwanted=(*denied, *wide_allows))]
    if wide_denies:
        scenarios.append(replace(base, needed=(allowed, wide_denies)))
    try:
        witness = first(scenarios)
    except Undecided as error:
        return Answer(None, str(error))
    if witness is None:
        return Answer(True, "every request that the first allows, the second allows too")
    return Answer(False, f"the first allows, and the second does not: {witness}", witness)


def limited(scenario: Scenario, limits: Limits) -> Scenario:
    """The scenario for the requests of the limits alone."""
    return replace(
        scenario,
        facts=(*scenario.facts, *limits.facts),
        known={**scenario.known, **(limits.known or {})},
        actions=scenario.space.mask(limits.actions) & scenario.allowed,
    )


def _space(policies: Sequence[IamPolicy], limits: Limits) -> Space:
    return space([*compiled.written_actions(policies), limits.actions])


def fates(policy: IamPolicy, facts: Clauses = ()) -> Iterator[tuple[PolicyStatement, Answer]]:
    """What becomes of each statement: `holds` says whether it works, `words` is a Fate or why not decided.

    Raises OverBudget where the policy has more than MAX_FATES statements.
    """
    if len(policy.statements) > MAX_FATES:
        raise OverBudget(f"{len(policy.statements)} statements, and {MAX_FATES} are held against each other")
    where = _space([policy], EVERYTHING)
    allowed, denied = tuple(compiled.allows([policy], where)), tuple(compiled.denies([policy], where))
    base = Scenario(where, ((),), facts=facts, several=several_keys([policy]))
    for mine in sorted((*allowed, *denied), key=lambda each: each.source.index):
        one = replace(base, needed=((mine,),))
        others = tuple(each for each in denied if each is not mine)
        try:
            yield mine.source, _fate(one, mine.source, allowed, others)
        except Undecided as error:
            yield mine.source, Answer(None, str(error))


def _fate(
    base: Scenario, statement: PolicyStatement, allowed: tuple[Ready, ...], denied: tuple[Ready, ...]
) -> Answer:
    if base.witness() is None:
        return Answer(False, Fate.IMPOSSIBLE)
    if statement.effect is Effect.DENY:
        # A deny that takes away nothing of this policy still stops what others allow.
        working = replace(base, unwanted=denied).witness()
        return Answer(True, Fate.WORKS, working) if working else Answer(False, Fate.REDUNDANT)
    if replace(base, unwanted=denied).witness() is None:
        return Answer(False, Fate.DENIED)
    others = tuple(each for each in allowed if each.source is not statement)
    working = replace(base, unwanted=(*denied, *others)).witness()
    return Answer(True, Fate.WORKS, working) if working else Answer(False, Fate.REDUNDANT)
