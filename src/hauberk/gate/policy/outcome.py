"""Outcomes and decisions: what became of each demand, and of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hauberk.core.attested import Attested
from hauberk.core.statement import Subject
from hauberk.core.verdict import Verdict, Word
from hauberk.gate.policy.evidence import Claim


class State(StrEnum):
    """What became of a demand. Unknown is never met."""

    MET = "met"
    VIOLATED = "violated"  # evidence that counts says no
    UNKNOWN = "unknown"  # nothing that counts says yes or no


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one demand: `words` says what was asked, what was found, and what to do."""

    demand: str
    state: State
    words: str
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy (digest in hex) makes of a subject in an environment, demand by demand."""

    subject: Subject
    environment: str
    policy: str
    at: datetime
    outcomes: tuple[Outcome, ...]

    @property
    def verdict(self) -> Verdict:
        """STOP if a demand is violated, else UNKNOWN if one is not met, or none was made."""
        violated = [each.words for each in self.outcomes if each.state is State.VIOLATED]
        unknown = [each.words for each in self.outcomes if each.state is State.UNKNOWN]
        if violated:
            return Verdict(Word.STOP, (*violated, *unknown))
        if unknown or not self.outcomes:
            return Verdict(Word.UNKNOWN, tuple(unknown) or ("nothing was demanded",))
        return Verdict(Word.PASS, (f"all {len(self.outcomes)} demands of {self.environment} are met",))

    @property
    def used(self) -> tuple[Attested, ...]:
        """The statements that the decision rests on, each once."""
        found = [each for outcome in self.outcomes for claim in outcome.claims for each in claim.attested]
        return tuple({id(each): each for each in found}.values())


def worst(outcomes: list[Outcome]) -> Outcome:
    """The outcome that decides where all must be met."""
    order = (State.VIOLATED, State.UNKNOWN, State.MET)
    return min(outcomes, key=lambda each: order.index(each.state))
