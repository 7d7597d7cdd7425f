"""Required claims: enough of a type, by whom and how lately, none of which says no."""

from __future__ import annotations

from hauberk.gate.policy.claims import TYPES, name_of, says_no
from hauberk.gate.policy.demands import Required
from hauberk.gate.policy.evidence import Court, age_words
from hauberk.gate.policy.judges.ruling import Ruling, why_open
from hauberk.gate.policy.outcome import Outcome


def judge_required(demand: Required, court: Court) -> list[Outcome]:
    """Whether enough different claims of the type count, and the newest does not refuse."""
    uri = TYPES.get(demand.type, demand.type)
    ruling = Ruling(
        f"required {name_of(uri)}",
        _asks(demand, uri),
        f"Attest it: hauberk attest SUBJECT --type {name_of(uri)}.",
    )
    selection = court.select(uri, demand)
    if selection.doubts:
        return [ruling.unknown(why_open(selection))]
    refusing = [each for each in selection.newest if says_no(uri, each.predicate)]
    if refusing:
        return [ruling.violated("the newest statement says no", refusing[0])]
    counted = [each for each in selection.claims if not says_no(uri, each.predicate)]
    if len(counted) >= demand.count:
        return [ruling.met(f"found {len(counted)}", *counted)]
    lacking = f"found {len(counted)} that count" if counted else selection.why_none
    return [ruling.unknown(lacking, *counted)]


def _asks(demand: Required, uri: str) -> str:
    count = f"{demand.count} {name_of(uri)} statements" if demand.count > 1 else f"a {name_of(uri)} statement"
    who = f" signed by {demand.threshold} of {demand.by or 'those who are trusted'}"
    age = f", at most {age_words(demand.max_age)} old" if demand.max_age else ""
    return f"{count}{who}{age}{', in the log' if demand.logged else ''}"
