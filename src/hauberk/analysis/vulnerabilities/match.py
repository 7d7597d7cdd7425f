"""Whether a version of a package is affected by what an advisory says: yes, no, or nobody can tell.

Source: OSV schema 1.7, "Evaluation".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hauberk.analysis.vulnerabilities.orders import Order, bounded, order_of
from hauberk.core.advisory import Affected, Bound, Event
from hauberk.core.assessment import Standing

# Before all other versions.
ZERO = "0"


@dataclass(frozen=True, slots=True)
class Judged:
    """What one advisory means for one version; `reason` says why it is unknown, `fixed` the first cure."""

    standing: Standing
    reason: str = ""
    fixed: str = ""


def judged(ecosystem: str, version: str, affected: Iterable[Affected]) -> Judged:
    """What an advisory's entries for this package say of the version: one that affects it decides."""
    unknown: Judged | None = None
    for each in affected:
        found = _one(ecosystem, version, each)
        if found.standing is Standing.AFFECTED:
            return found
        if found.standing is Standing.UNKNOWN:
            unknown = found
    return unknown or Judged(Standing.NOT_AFFECTED)


def _one(ecosystem: str, version: str, affected: Affected) -> Judged:
    order = order_of(ecosystem)
    if order is None:
        if version in affected.versions:
            return Judged(Standing.AFFECTED)
        reason = f"the order of versions of {ecosystem} is not known"
        return Judged(Standing.UNKNOWN, reason) if affected.ranges else Judged(Standing.NOT_AFFECTED)
    try:
        at = bounded(order, version)
    except ValueError as error:
        return Judged(Standing.UNKNOWN, str(error))
    ranged = [_ranged(order, at, each) for each in affected.ranges]
    hit = next((each for each in ranged if each.standing is Standing.AFFECTED), None)
    # Where ranges can be read, the list repeats them; there it is enough to look for the same spelling.
    is_told_by_range = any(each.standing is not Standing.UNKNOWN for each in ranged)
    plain = version.partition("+")[0]
    if hit is None and (
        plain in affected.versions
        or version in affected.versions
        or (not is_told_by_range and _is_listed(order, at, affected.versions))
    ):
        hit = Judged(Standing.AFFECTED)
    if hit is not None:
        return hit
    return next((each for each in ranged if each.standing is Standing.UNKNOWN), Judged(Standing.NOT_AFFECTED))


def _is_listed(order: Order, at: Any, listed: tuple[str, ...]) -> bool:
    for each in listed:
        try:
            if bounded(order, each) == at:
                return True
        except ValueError:  # what is no version here is not ours either
            continue
    return False


def _ranged(order: Order, at: Any, events: tuple[Event, ...]) -> Judged:
    """Where the version lies among a range's events, in the order of their versions."""
    try:
        sorted_events = sorted(
            ((each.version != ZERO, bounded(order, each.version), each) for each in events),
            key=lambda each: (each[0], each[1], each[2].bound is not Bound.INTRODUCED),
        )
    except (ValueError, TypeError) as error:
        return Judged(Standing.UNKNOWN, f"the advisory's range cannot be read: {error}")
    is_affected, fixed = False, ""
    for is_late, where, event in sorted_events:
        if event.bound is Bound.INTRODUCED and (not is_late or at >= where):
            is_affected = True
        elif event.bound is Bound.FIXED:
            if at >= where:
                is_affected = False
            elif is_affected and not fixed:
                fixed = event.version
        elif event.bound is Bound.LAST_AFFECTED and at > where:
            is_affected = False
    return Judged(Standing.AFFECTED, fixed=fixed) if is_affected else Judged(Standing.NOT_AFFECTED)
