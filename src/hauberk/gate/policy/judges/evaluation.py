"""Evaluations: measured values and their bounds."""

from __future__ import annotations

from dataclasses import replace

from hauberk.core.statement import Json
from hauberk.gate.policy.claims import TYPES, list_at, number_of, text_at
from hauberk.gate.policy.demands import Threshold
from hauberk.gate.policy.evidence import Claim, Court, Selection
from hauberk.gate.policy.judges.ruling import Ruling
from hauberk.gate.policy.outcome import Outcome


def judge_threshold(threshold: Threshold, court: Court) -> list[Outcome]:
    """The newest evaluation that has the metric on the data set; each of its values must be in bounds."""
    ruling = Ruling(
        f"evaluation {threshold.metric}",
        f"{threshold.metric} {_bounds(threshold)} on {threshold.dataset}",
        f"Evaluate {threshold.metric} on {threshold.dataset} again, or keep this model out.",
    )
    selection = court.select(TYPES["evaluation"], threshold)
    having = tuple(each for each in selection.claims if _results(each, threshold))
    if selection.claims and not having:
        found = f"none of {len(selection.claims)} evaluations has it"
        return [ruling.unknown(found, *selection.newest[:1])]
    measured: Selection = replace(selection, claims=having)
    return [ruling.newest(measured, lambda claim: _judge(ruling, claim, threshold))]


def _bounds(threshold: Threshold) -> str:
    least = f"of at least {threshold.at_least:g}" if threshold.at_least is not None else ""
    most = f"of at most {threshold.at_most:g}" if threshold.at_most is not None else ""
    return " and ".join(each for each in (least, most) if each)


def _results(claim: Claim, threshold: Threshold) -> list[Json]:
    return [each for each in list_at(claim.predicate, "results") or [] if _is_asked(each, threshold)]


def _is_asked(result: Json, threshold: Threshold) -> bool:
    asked = threshold.dataset_digest.removeprefix("sha256:")
    return (
        text_at(result, "metric") == threshold.metric
        and text_at(result, "dataset", "name") == threshold.dataset
        and (not asked or text_at(result, "dataset", "digest").removeprefix("sha256:") == asked)
    )


def _judge(ruling: Ruling, claim: Claim, threshold: Threshold) -> Outcome:
    read = [
        number_of(each.get("value")) if isinstance(each, dict) else None
        for each in _results(claim, threshold)
    ]
    values = [each for each in read if each is not None]
    if len(values) < len(read):
        return ruling.unknown("a value is no finite number", claim)
    found = f"measured {', '.join(f'{each:g}' for each in values[:4])}"
    is_low = threshold.at_least is not None and min(values) < threshold.at_least
    is_high = threshold.at_most is not None and max(values) > threshold.at_most
    return ruling.violated(found, claim) if is_low or is_high else ruling.met(found, claim)
