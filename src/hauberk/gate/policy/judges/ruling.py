"""Rulings: how a judge words what became of a demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from hauberk.gate.policy.evidence import Claim, Selection
from hauberk.gate.policy.outcome import Outcome, State, worst


@dataclass(frozen=True, slots=True)
class Ruling:
    """A demand that is being judged: its name, what it asks in words, and what to do if it is not met."""

    demand: str
    asks: str
    remedy: str

    def met(self, found: str, *claims: Claim) -> Outcome:
        """It is met by what was found."""
        return self._outcome(State.MET, found, claims)

    def violated(self, found: str, *claims: Claim) -> Outcome:
        """What was found contradicts it."""
        return self._outcome(State.VIOLATED, found, claims)

    def unknown(self, found: str, *claims: Claim) -> Outcome:
        """What was found says neither yes nor no."""
        return self._outcome(State.UNKNOWN, found, claims)

    def _outcome(self, state: State, found: str, claims: tuple[Claim, ...]) -> Outcome:
        by = f" ({claims[0].words})" if claims else ""
        remedy = "" if state is State.MET else f" {self.remedy}"
        return Outcome(self.demand, state, f"{self.asks}: {found}{by}.{remedy}", claims)

    def newest(self, selection: Selection, judge: Callable[[Claim], Outcome]) -> Outcome:
        """What the newest claim comes to; unknown without one, the worst of them where several are."""
        if selection.doubts or not selection.claims:
            return self.unknown(why_open(selection))
        return worst([judge(each) for each in selection.newest])


def why_open(selection: Selection) -> str:
    """Why nobody can tell: there is nothing that counts, or a refusal that cannot be put in order."""
    if selection.doubts:
        return f"a {selection.kind} statement says no, and does not count: {selection.doubts[0]}"
    return selection.why_none


def per_claim(
    selection: Selection, rulings: Iterable[tuple[Ruling, Callable[[Ruling, Claim], Outcome]]]
) -> list[Outcome]:
    """Every ruling over the newest claims of one selection; one outcome only where there is no claim."""
    listed = list(rulings)
    if selection.doubts or not selection.claims:
        first = listed[0][0]
        asks = ", ".join(ruling.asks for ruling, _ in listed)
        remedy = f"Attest it: hauberk attest SUBJECT --type {selection.kind}."
        return [replace(first, asks=asks, remedy=remedy).unknown(why_open(selection))]
    return [worst([judge(ruling, each) for each in selection.newest]) for ruling, judge in listed]
