"""Releases: a name and a version that are fresh."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hauberk.gate.policy.claims import TYPES, at_path, shown, text_at
from hauberk.gate.policy.demands import ReleaseDemand
from hauberk.gate.policy.evidence import Claim, Court
from hauberk.gate.policy.judges.ruling import Ruling
from hauberk.gate.policy.outcome import Outcome


def judge_release(demand: ReleaseDemand, court: Court) -> list[Outcome]:
    """The newest release; one that has expired does not count."""
    names = f" as {', '.join(demand.names[:4])}" if demand.names else ""
    least = f", version {demand.version_at_least} or later" if demand.version_at_least is not None else ""
    ruling = Ruling(
        "release", f"a fresh release{names}{least}", "Release it: hauberk attest SUBJECT --type release."
    )
    selection = court.select(TYPES["release"], demand)
    return [ruling.newest(selection, lambda claim: _judge(ruling, claim, demand))]


def _judge(ruling: Ruling, claim: Claim, demand: ReleaseDemand) -> Outcome:
    name, version = text_at(claim.predicate, "name"), at_path(claim.predicate, "version")
    if not name or isinstance(version, bool) or not isinstance(version, int) or version < 0:
        return ruling.unknown("the release has no name, or no version that is a whole number", claim)
    if not text_at(claim.predicate, "expires"):
        return ruling.unknown("the release does not say until when it is fresh", claim)
    found = f"it is released as {shown(name)} version {version}"
    is_named = not demand.names or any(fnmatchcase(name, each) for each in demand.names)
    is_new = demand.version_at_least is None or version >= demand.version_at_least
    return ruling.met(found, claim) if is_named and is_new else ruling.violated(found, claim)
