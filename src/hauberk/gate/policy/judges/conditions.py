"""Free conditions: true is met, false is violated, and an error or a missing field is unknown."""

from __future__ import annotations

from hauberk.gate.policy.claims import shown
from hauberk.gate.policy.demands import Environment
from hauberk.gate.policy.evidence import Court
from hauberk.gate.policy.judges.ruling import Ruling
from hauberk.gate.policy.outcome import Outcome


def judge_conditions(environment: Environment, court: Court) -> list[Outcome]:
    """What became of each condition."""
    if not environment.conditions:
        return []
    from hauberk.gate.policy.condition import holds, names_in
    from hauberk.gate.policy.facts import facts_for

    wanted = frozenset(name for each in environment.conditions for name in names_in(each.cel))
    facts = facts_for(court, environment, wanted)
    outcomes = []
    for each in environment.conditions:
        ruling = Ruling(f"condition {each.name}", shown(each.cel), each.why or "Ask who wrote the policy.")
        found = holds(each.cel, facts.variables)
        names = names_in(each.cel)
        claims = [claim for name, claims in facts.claims.items() if name in names for claim in claims]
        if found is True:
            outcomes.append(ruling.met("it holds", *claims))
        elif found is False:
            outcomes.append(ruling.violated("it does not hold", *claims))
        else:
            outcomes.append(ruling.unknown(f"nobody can tell: {found}"))
    return outcomes
