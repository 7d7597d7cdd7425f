"""Facts: what conditions may speak of. Only claims that count, and only where there are any.

A variable without evidence is left out, so a condition that needs it is unknown: `evaluations.all(...)`
never holds because there are none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hauberk.core.statement import Json
from hauberk.gate.policy.claims import TYPES, list_at, name_of
from hauberk.gate.policy.demands import Environment, Required, Source
from hauberk.gate.policy.evidence import Claim, Court

Fact = Any  # what CEL takes: texts, numbers, truths, lists and tables of them
# A bound for what one variable holds: 10,000 iterations that compare this much still end, in half a minute.
MAX_VALUES = 3_000
MAX_TEXTS = 100_000  # characters of all its texts
MAX_WHOLE = 1 << 62  # CEL has 64-bit numbers
MAX_DEPTH = 20
HALF = re.compile("[\ud800-\udfff]")  # half a character, which no UTF-8 can hold
# Variables that conditions know; singular ones are the newest claim, plural ones are lists of claims.
VARIABLES = {
    "subject": "DYN",
    "environment": "STRING",
    "now": "STRING",
    "scan": "DYN",
    "bom": "DYN",
    "provenance": "DYN",
    "lineage": "DYN",
    "release": "DYN",
    "datasheet": "DYN",
    "evaluations": "DYN",
    "approvals": "DYN",
    "deployments": "DYN",
}
PLURAL = {"evaluations": "evaluation", "approvals": "approval", "deployments": "deployment"}


@dataclass(frozen=True, slots=True)
class Facts:
    """The variables of conditions, and the claims that they come from."""

    variables: Mapping[str, Fact]
    claims: Mapping[str, tuple[Claim, ...]]


def facts_for(court: Court, environment: Environment, wanted: Collection[str]) -> Facts:
    """What is known for the variables that some condition names."""
    subject = court.evidence.subject
    facts: dict[str, Fact] = {
        "subject": {"name": subject.name, "digest": str(subject.digest)},
        "environment": court.environment,
        "now": court.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    used: dict[str, tuple[Claim, ...]] = {}
    for variable in VARIABLES:
        kind = PLURAL.get(variable, variable)
        if kind not in TYPES or variable not in wanted:
            continue
        selection = court.select(TYPES[kind], source_of(kind, environment))
        claims = selection.claims if variable in PLURAL else selection.newest
        plain = [each for each in (_plain(claim.predicate, kind) for claim in claims) if each is not None]
        if not _fits(plain):
            continue
        # Half of the claims, or one of two that are equally new, would be another truth.
        if len(plain) != len(claims) or not claims or (len(claims) > 1 and variable not in PLURAL):
            continue
        facts[variable] = plain if variable in PLURAL else plain[0]
        used[variable] = claims
    return Facts(facts, used)


def source_of(kind: str, environment: Environment) -> Source:
    """Whose claims of a kind count in the environment: what its own demand says, else anybody trusted."""
    own = getattr(environment, kind, None)
    if isinstance(own, Source):
        return own
    if kind == "evaluation" and environment.evaluation:
        return environment.evaluation[0]
    if kind == "approval" and environment.approvals:
        asked = environment.approvals[0]
        return Source(by=asked.by, max_age=asked.max_age, logged=asked.logged)
    listed = (each for each in environment.require if name_of(_uri(each)) == kind)
    return next(listed, Source())


def _uri(required: Required) -> str:
    return TYPES.get(required.type, required.type)


def _plain(predicate: Mapping[str, Json], kind: str) -> Fact:
    shape: Fact = dict(predicate)
    if kind == "bom":  # tens of thousands of components are counted, not carried
        shape = {
            "components": len(list_at(predicate, "components") or []),
            "specVersion": predicate.get("specVersion"),
            "metadata": predicate.get("metadata"),
        }
    return shape if _fits(shape) else None


def _fits(shape: Fact) -> bool:
    """Whether CEL can take it: bounded, and only what JSON and CEL both mean."""
    level: list[Fact] = [shape]
    count = texts = 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        texts += sum(len(each) for each in level if isinstance(each, str))
        if count > MAX_VALUES or texts > MAX_TEXTS or not all(_is_plain(each) for each in level):
            return False
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return True
    return False


def _inside(each: Fact) -> list[Fact]:
    if isinstance(each, dict):
        return [*each.keys(), *each.values()]
    return each if isinstance(each, list) else []


def _is_plain(each: Fact) -> bool:
    if isinstance(each, str):
        return each.isascii() or not HALF.search(each)
    if isinstance(each, int):
        return abs(each) < MAX_WHOLE
    return each is None or isinstance(each, (float, dict, list))
