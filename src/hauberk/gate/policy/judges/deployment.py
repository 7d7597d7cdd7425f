"""Deployments: days, hours, freezes, and what comes first."""

from __future__ import annotations

from hauberk.gate.policy.claims import TYPES, day, shown, text_at
from hauberk.gate.policy.demands import DAYS, DeploymentDemand, Soak
from hauberk.gate.policy.evidence import Court, age_words
from hauberk.gate.policy.judges.ruling import Ruling
from hauberk.gate.policy.outcome import Outcome


def judge_deployment(demand: DeploymentDemand, court: Court) -> list[Outcome]:
    """Whether now is a time to deploy, and it has been where it must have been before."""
    outcomes = []
    if demand.days or demand.hours:
        outcomes.append(_window(demand, court))
    if demand.freezes:
        outcomes.append(_freezes(demand, court))
    if demand.after:
        outcomes.append(_soak(demand.after, court))
    return outcomes


def _window(demand: DeploymentDemand, court: Court) -> Outcome:
    asks = f"deployment on {', '.join(demand.days or DAYS)}, {demand.hours or 'at any hour'} UTC"
    ruling = Ruling("deployment window", asks, "Wait for the next window.")
    found = f"now is {DAYS[court.now.weekday()]}, {day(court.now)}"
    begin, _, end = (demand.hours or "00:00-24:00").partition("-")
    clock = f"{court.now:%H:%M}"
    # Hours that pass midnight, such as 22:00-04:00, belong to both of the days that they touch.
    is_hour = begin <= clock < end if begin < end else clock >= begin or clock < end
    is_day = not demand.days or DAYS[court.now.weekday()] in demand.days
    return ruling.met(found) if is_day and is_hour else ruling.violated(found)


def _freezes(demand: DeploymentDemand, court: Court) -> Outcome:
    ruling = Ruling("deployment freeze", "no deployment during a freeze", "Wait for its end.")
    for each in demand.freezes:
        if each.since <= court.now < each.until:
            return ruling.violated(f"{shown(each.reason)}, until {day(each.until)}")
    return ruling.met(f"now is {day(court.now)}, and no freeze holds")


def _soak(soak: Soak, court: Court) -> Outcome:
    ruling = Ruling(
        f"deployed to {soak.environment}",
        f"a stay of {age_words(soak.at_least)} in {soak.environment} before",
        f"Deploy it to {soak.environment}, and wait.",
    )
    selection = court.select(TYPES["deployment"], soak)
    there = [each for each in selection.claims if text_at(each.predicate, "environment") == soak.environment]
    if not there:
        return ruling.unknown(f"it was not in {soak.environment}; {selection.why_none}")
    first = min(there, key=lambda each: each.at or court.now)
    if first.at is None or first.at > court.now - soak.at_least:
        return ruling.unknown("it has not been there for long enough", first)
    return ruling.met("it has been there", first)
