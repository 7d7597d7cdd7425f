"""Bills of materials (CycloneDX): how complete they are, and what their licences allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from hauberk.core.errors import Malformed
from hauberk.gate.policy.claims import TYPES, list_at, number_of, shown, text_at
from hauberk.gate.policy.demands import BomDemand
from hauberk.gate.policy.evidence import Claim, Court
from hauberk.gate.policy.judges.ruling import Ruling, per_claim
from hauberk.gate.policy.licence import NOTHING, Allowance
from hauberk.gate.policy.outcome import Outcome, State

Judge = Callable[[Ruling, Claim], Outcome]
COMPLETENESS = "hauberk:completeness"
MAX_COMPONENTS = 200_000
ORDER = (State.VIOLATED, State.UNKNOWN, State.MET)  # the worst first
MAX_NAMED = 4  # components that a sentence names


def judge_bom(demand: BomDemand, court: Court) -> list[Outcome]:
    """The newest bill of materials, held against all that the demand asks."""
    return per_claim(court.select(TYPES["bom"], demand), _rulings(demand))


def _rulings(demand: BomDemand) -> Iterator[tuple[Ruling, Judge]]:
    again = "Make it again: hauberk attest SUBJECT --type bom."
    yield Ruling("bom", "a bill of materials in CycloneDX", again), _form
    if demand.completeness is not None:
        asks = f"a bill of materials that is {demand.completeness:g} percent complete"
        yield Ruling("bom completeness", asks, "Fill in what is missing."), _complete(demand.completeness)
    if demand.licences_allowed:
        denied = f" without {', '.join(demand.licences_denied[:8])}" if demand.licences_denied else ""
        asks = f"only licences that {', '.join(demand.licences_allowed[:8])} allow{denied}"
        remedy = "Replace the component, find out its licence, or have the licence allowed."
        yield Ruling("bom licences", asks, remedy), _licences(demand)


def _form(ruling: Ruling, claim: Claim) -> Outcome:
    form, version = text_at(claim.predicate, "bomFormat"), text_at(claim.predicate, "specVersion")
    if form != "CycloneDX" or not version:
        return ruling.unknown(f"its form is {shown(form)}", claim)
    components = list_at(claim.predicate, "components") or []
    return ruling.met(f"CycloneDX {shown(version)} with {len(components)} components", claim)


def _complete(least: float) -> Judge:
    def judge(ruling: Ruling, claim: Claim) -> Outcome:
        listed = list_at(claim.predicate, "metadata", "properties") or []
        values = [text_at(each, "value") for each in listed if text_at(each, "name") == COMPLETENESS]
        if len(values) != 1 or (percent := _percent(values[0])) is None:
            return ruling.unknown(f"it does not say once, from 0 to 100, its {COMPLETENESS}", claim)
        found = f"it is {percent:g} percent complete"
        return ruling.met(found, claim) if percent >= least else ruling.violated(found, claim)

    return judge


def _percent(text: str) -> float | None:
    try:
        found = number_of(float(text)) if len(text) < 20 else None
    except ValueError:
        return None
    return found if found is not None and 0 <= found <= 100 else None


def _licences(demand: BomDemand) -> Judge:
    def judge(ruling: Ruling, claim: Claim) -> Outcome:
        components = _components(claim)
        if not components:
            return ruling.unknown("it lists no component, or too many, or cannot be read", claim)
        licences = _Licences(demand)
        refused: list[str] = []
        open_: list[str] = []
        for each in components:
            state, words = licences.component(each)
            if state is not State.MET:
                (refused if state is State.VIOLATED else open_).append(words)
        if refused:
            return ruling.violated(_some(refused), claim)
        if open_:
            return ruling.unknown(_some(open_), claim)
        return ruling.met(f"all {len(components)} components comply", claim)

    return judge


def _some(words: list[str]) -> str:
    more = f" and {len(words) - MAX_NAMED} more" if len(words) > MAX_NAMED else ""
    return ", ".join(islice(words, MAX_NAMED)) + more


def _components(claim: Claim) -> list[object] | None:
    """All components, those inside others too; None where they cannot be read."""
    found: list[object] = []
    main = claim.predicate.get("metadata")
    level: list[object] = [main["component"]] if isinstance(main, dict) and "component" in main else []
    listed = claim.predicate.get("components", [])
    if not isinstance(listed, list):
        return None
    level += listed
    while level:
        found += level
        if len(found) > MAX_COMPONENTS or not all(isinstance(each, dict) for each in level):
            return None
        inner = [each.get("components", []) for each in level if isinstance(each, dict)]
        if not all(isinstance(each, list) for each in inner):
            return None
        level = [below for each in inner if isinstance(each, list) for below in each]
    return found


class _Licences:
    """Judges components; each expression is read once, as a thousand components have ten licences."""

    def __init__(self, demand: BomDemand) -> None:
        self.allowance = Allowance(demand.licences_allowed, demand.licences_denied)
        self.unlicensed = demand.unlicensed
        self.judged: dict[str, tuple[State, str]] = {}

    def component(self, component: object) -> tuple[State, str]:
        """What its licences come to: each listed one must be complied with. Words where they do not."""
        listed = component.get("licenses", []) if isinstance(component, dict) else None
        if isinstance(listed, list) and listed:
            states = [self._entry(each) for each in listed]
            state, words = min(states, key=lambda each: ORDER.index(each[0]))
        elif listed == [] and self.unlicensed:
            state, words = State.MET, ""
        else:
            state, words = State.UNKNOWN, "no licence" if listed == [] else "its licences cannot be read"
        if state is State.MET:
            return state, ""
        return state, f"{shown(text_at(component, 'name') or 'a component without a name')} ({words})"

    def _entry(self, entry: object) -> tuple[State, str]:
        expression, id = text_at(entry, "expression"), text_at(entry, "license", "id")
        if bool(expression) == bool(id):
            named = shown(text_at(entry, "license", "name"))
            return State.UNKNOWN, "two licences in one" if id else f"{named}, which is no SPDX licence"
        expression = expression or id
        if expression not in self.judged:
            self.judged[expression] = self._expression(expression)
        return self.judged[expression]

    def _expression(self, expression: str) -> tuple[State, str]:
        try:
            is_permitted = self.allowance.permits(expression)
        except Malformed:
            return State.UNKNOWN, f"{shown(expression)}, which is no SPDX expression"
        if is_permitted:
            return State.MET, ""
        is_open = expression.strip().lower() in NOTHING
        return (State.UNKNOWN if is_open else State.VIOLATED), shown(expression)
