"""Evidence before the gate: which claims count for a demand, and in words why the others do not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from hauberk.core.attested import Attested
from hauberk.core.statement import Json, Subject
from hauberk.gate.policy.claims import TIMES, at_path, day, moment_of, name_of, says_no, shown
from hauberk.gate.policy.demands import Policy

# Two honest clocks may differ by this much; what is further in the future does not count.
CLOCK_SKEW = timedelta(minutes=5)
MAX_REASONS = 3  # kinds of reasons that one sentence names
EXPIRED = "expired"
KEY_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the subject: statements whose signatures hold, and the time of the decision."""

    subject: Subject
    attested: tuple[Attested, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim with all who signed that very claim, and its time: the older of its own and the proven."""

    predicate: Mapping[str, Json]
    signers: frozenset[str]
    at: datetime | None
    attested: tuple[Attested, ...]

    @property
    def words(self) -> str:
        """Who said it, when, and where it is logged."""
        entry = next((each.entry for each in self.attested if each.entry is not None), None)
        return _claim_words(self.signers, self.at, entry)


@dataclass(frozen=True, slots=True)
class Selection:
    """The claims that count, the newest first, and why others do not.

    `doubts` are refusals by the right signers whose time cannot be trusted: they cannot be put in order
    with what passes, and to drop a no for its clock would be to fail open.
    """

    kind: str
    claims: tuple[Claim, ...]
    reasons: tuple[str, ...]
    doubts: tuple[str, ...] = ()

    @property
    def newest(self) -> tuple[Claim, ...]:
        """The newest claims; several only where they are equally new, and then all must hold."""
        return tuple(each for each in self.claims if each.at == self.claims[0].at)

    @property
    def why_none(self) -> str:
        """Why there is not enough: what was found and does not count."""
        if not self.reasons:
            return f"found no {self.kind} statement"
        counted = {each: self.reasons.count(each) for each in self.reasons}
        listed = [f"{n} {each}" if n > 1 else each for each, n in counted.items()]
        more = f"; and {len(listed) - MAX_REASONS} more" if len(listed) > MAX_REASONS else ""
        return f"found {len(self.reasons)} that do not count: {'; '.join(listed[:MAX_REASONS])}{more}"


class Asking(Protocol):
    """What every source of a demand says."""

    @property
    def by(self) -> str: ...  # noqa: D102
    @property
    def max_age(self) -> timedelta | None: ...  # noqa: D102
    @property
    def logged(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A statement with what every demand asks about it, found once."""

    attested: Attested
    is_about: bool
    times: tuple[datetime, ...]  # the one that it states, then the one that a log proves
    flaw: str  # why it counts for no demand at all; empty if it may


class Court:
    """A policy and the evidence, sorted once by kind for all demands."""

    def __init__(self, policy: Policy, environment: str, evidence: Evidence) -> None:
        self.policy, self.environment, self.evidence = policy, environment, evidence
        self.now = evidence.now
        self._of_kind: dict[str, list[_Weighed]] = {}
        self._members = {name: frozenset(role.signers) for name, role in policy.roles.items()}
        self._selected: dict[tuple[object, ...], Selection] = {}
        for each in evidence.attested:
            self._of_kind.setdefault(each.statement.predicate_type, []).append(self._weigh(each))

    def members(self, role: str) -> frozenset[str]:
        """The signers of a role."""
        return self._members.get(role, frozenset())

    def about(self, uri: str) -> Iterable[Attested]:
        """All statements of a type about the subject, whoever signed them and whenever."""
        return (each.attested for each in self._of_kind.get(uri, ()) if each.is_about)

    def select(self, uri: str, source: Asking) -> Selection:
        """The claims of a type that count for the source."""
        threshold = getattr(source, "threshold", 1)
        key = (uri, source.by, source.max_age, source.logged, threshold)
        if key not in self._selected:
            self._selected[key] = self._select(uri, source, threshold)
        return self._selected[key]

    def _select(self, uri: str, source: Asking, threshold: int) -> Selection:
        reasons: list[str] = []
        doubts: list[str] = []
        counted: list[_Weighed] = []
        for each in self._of_kind.get(uri, ()):
            reason = self._why_not(each, source)
            if reason:
                reasons.append(reason)
                doubts += [reason] if self._is_doubtful_no(each, source) else []
            else:
                counted.append(each)
        claims = [self._claim(each, source) for each in _same_claims(counted)]
        enough = [each for each in claims if len(each.signers) >= threshold]
        reasons += [
            f"signed by {len(each.signers)} of the {threshold} that are needed"
            for each in claims
            if len(each.signers) < threshold
        ]
        oldest = datetime.min.replace(tzinfo=self.now.tzinfo)
        enough.sort(key=lambda each: each.at or oldest, reverse=True)
        return Selection(name_of(uri), tuple(enough), tuple(reasons), tuple(doubts))

    def _is_doubtful_no(self, weighed: _Weighed, source: Asking) -> bool:
        each = weighed.attested
        is_untimely = bool(weighed.flaw) and not weighed.flaw.startswith(EXPIRED)
        says = each.statement.predicate_type, each.statement.predicate
        return weighed.is_about and is_untimely and bool(self._speaking(each, source)) and says_no(*says)

    def _weigh(self, each: Attested) -> _Weighed:
        is_about = any(subject.digest == self.evidence.subject.digest for subject in each.statement.subjects)
        path = TIMES.get(name_of(each.statement.predicate_type))
        claimed = at_path(each.statement.predicate, *path) if path else None
        stated = moment_of(claimed)
        times = tuple(moment for moment in (stated, each.signed_at) if moment is not None)
        flaw = "" if is_about else "about another digest"
        if not flaw and claimed is not None and stated is None:
            flaw = f"its time {shown(claimed)} cannot be read"
        return _Weighed(each, is_about, times, flaw or self._untimely(each, times))

    def _claim(self, weighed: list[_Weighed], source: Asking) -> Claim:
        attested = [each.attested for each in weighed]
        speaking = frozenset(signer for each in attested for signer in self._speaking(each, source))
        times = [moment for each in weighed for moment in each.times]
        return Claim(attested[0].statement.predicate, speaking, min(times, default=None), tuple(attested))

    def _speaking(self, each: Attested, source: Asking) -> frozenset[str]:
        signers = frozenset(each.signers)
        return signers & self.members(source.by) if source.by else signers

    def _why_not(self, weighed: _Weighed, source: Asking) -> str:
        """Why a statement does not count; empty if it does."""
        if not weighed.is_about:
            return weighed.flaw
        each, times = weighed.attested, weighed.times
        if not self._speaking(each, source):
            who = ", ".join(signer_words(signer) for signer in each.signers[:2]) or "nobody"
            return f"signed by {who}, who is not in the role {source.by!r}" if source.by else "not signed"
        if weighed.flaw:
            return weighed.flaw
        if source.logged and (each.entry is None or each.signed_at is None):
            return "no transparency log proves when it was signed"
        if source.max_age is not None and (not times or min(times) < self.now - source.max_age):
            when = f"of {day(min(times))}" if times else "without a time"
            return f"too old: {when}, and {age_words(source.max_age)} are allowed"
        return ""

    def _untimely(self, each: Attested, times: tuple[datetime, ...]) -> str:
        if times and max(times) > self.now + CLOCK_SKEW:
            return f"from the future, {day(max(times))} (clocks may differ by 5 minutes)"
        if each.signed_at and times[0] > each.signed_at + CLOCK_SKEW:
            return f"it says {day(times[0])} and was logged before, {day(each.signed_at)}"
        return self._why_expired(each)

    def _why_expired(self, each: Attested) -> str:
        expires = each.statement.predicate.get("expires")
        if expires is None:
            return ""
        until = moment_of(expires)
        if until is None:
            return f"its last day {shown(expires)} cannot be read"
        return "" if until > self.now else f"{EXPIRED} on {day(until)}"


def _same_claims(weighed: list[_Weighed]) -> Iterable[list[_Weighed]]:
    """The statements, those that say the very same together."""
    if len(weighed) < 2:  # a large bill of materials is not written out only to be compared with nothing
        return [weighed] if weighed else []
    same: dict[str, list[_Weighed]] = {}
    for each in weighed:
        same.setdefault(each.attested.statement.to_json(), []).append(each)
    return same.values()


@lru_cache(maxsize=256)
def _claim_words(signers: frozenset[str], at: datetime | None, entry: int | None) -> str:
    """Several demands rest on one claim, and each says so."""
    who = " and ".join(signer_words(each) for each in sorted(signers)[:4])
    when = day(at) if at else "at no known time"
    return f"signed by {who}, {when}" + (f", log entry {entry}" if entry is not None else "")


def signer_words(signer: str) -> str:
    """A key id by its first digits, an identity as it is."""
    return f"key {signer[:12]}" if KEY_ID.fullmatch(signer) else shown(signer)


def age_words(age: timedelta) -> str:
    """Days, or hours or minutes where it is less than one."""
    minutes = int(age.total_seconds() // 60)
    count, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    if minutes % 1440 == 0:
        count, unit = minutes // 1440, "day"
    return f"{count} {unit}" + ("" if count == 1 else "s")
