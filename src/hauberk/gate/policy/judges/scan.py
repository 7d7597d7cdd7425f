"""Scans: the verdict, the findings, the gaps, the age of the rules, and the formats that were found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase

from hauberk.core.finding import Severity
from hauberk.gate.policy.claims import TYPES, at_path, list_at, shown, text_at
from hauberk.gate.policy.demands import ScanDemand
from hauberk.gate.policy.evidence import Claim, Court, age_words
from hauberk.gate.policy.judges.ruling import Ruling, per_claim
from hauberk.gate.policy.outcome import Outcome

Judge = Callable[[Ruling, Claim], Outcome]
AGAIN = "Scan it again: hauberk attest SUBJECT --type scan"


def judge_scan(demand: ScanDemand, court: Court) -> list[Outcome]:
    """The newest scan, held against all that the demand asks."""
    return per_claim(court.select(TYPES["scan"], demand), _rulings(demand, court))


def _rulings(demand: ScanDemand, court: Court) -> Iterator[tuple[Ruling, Judge]]:
    bar = (
        f"no finding of severity {demand.stop} or above" if demand.stop is not None else "a scan that passes"
    )
    gaps = f"a scan with at most {demand.gaps} gaps"
    yield Ruling("scan", bar, "Look at the findings: hauberk scan SUBJECT."), _findings(demand)
    yield Ruling("scan gaps", gaps, "Have the gaps examined, or raise scan.gaps."), _gaps(demand)
    if demand.accepted is not None:
        asks = f"at most {demand.accepted} findings accepted by hand"
        yield Ruling("scan accepted", asks, "Mend what was accepted."), _accepted(demand.accepted)
    if demand.tool_at_least:
        asks = f"a scanner of version {demand.tool_at_least} or later"
        yield Ruling("scan tool", asks, f"{AGAIN}, with a newer Hauberk."), _tool(demand.tool_at_least)
    if demand.rule_sets:
        yield Ruling("scan rules", _rules_words(demand), f"{AGAIN}, with newer rules."), _rules(demand, court)
    if demand.formats_allowed or demand.formats_denied:
        asks = f"only the formats {', '.join(demand.formats_allowed[:8]) or '*'}{_without(demand)}"
        yield Ruling("scan formats", asks, "Convert the asset."), _formats(demand)


def _without(demand: ScanDemand) -> str:
    return f" without {', '.join(demand.formats_denied[:8])}" if demand.formats_denied else ""


def _counts(claim: Claim) -> Mapping[Severity, int] | None:
    """How many findings of each severity; None where a count is missing or none."""
    found = at_path(claim.predicate, "findings")
    if not isinstance(found, Mapping):
        return None
    counts = {}
    for severity in Severity:
        value = found.get(str(severity))
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            return None
        counts[severity] = value
    return counts


def _whole(claim: Claim, *path: str) -> int | None:
    value = at_path(claim.predicate, *path)
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_count and isinstance(value, int) else None


def _findings(demand: ScanDemand) -> Judge:
    def judge(ruling: Ruling, claim: Claim) -> Outcome:
        verdict, counts = text_at(claim.predicate, "verdict"), _counts(claim)
        if verdict not in ("pass", "stop", "unknown"):
            return ruling.unknown(
                f"the scan's verdict is {shown(at_path(claim.predicate, 'verdict'))}", claim
            )
        if counts is None:
            return ruling.unknown("the scan does not count its findings", claim)
        listed = (
            ", ".join(f"{n} {severity}" for severity, n in reversed(list(counts.items())) if n)
            or "no findings"
        )
        bar = demand.stop
        if bar is None:
            said = f"the scan says {verdict}, with {listed}"
            if verdict == "stop":
                return ruling.violated(said, claim)
            return ruling.met(said, claim) if _is_clean(verdict, claim) else ruling.unknown(said, claim)
        if any(counts[severity] for severity in counts if severity >= bar):
            return ruling.violated(f"the scan found {listed}", claim)
        if verdict == "stop" and not any(counts.values()):
            return ruling.unknown("the scan stops, and counts no finding", claim)
        is_examined = verdict == "stop" or _is_clean(verdict, claim)
        found = f"the scan found {listed}"
        return ruling.met(found, claim) if is_examined else ruling.unknown("nothing was examined", claim)

    return judge


def _is_clean(verdict: str, claim: Claim) -> bool:
    """A pass, or an unknown that its gaps explain: how many gaps may be is judged for itself."""
    return verdict == "pass" or (verdict == "unknown" and bool(_whole(claim, "gaps")))


def _gaps(demand: ScanDemand) -> Judge:
    def judge(ruling: Ruling, claim: Claim) -> Outcome:
        gaps = _whole(claim, "gaps")
        if gaps is None:
            return ruling.unknown("the scan does not count its gaps", claim)
        found = f"{gaps} could not be examined"
        return ruling.met(found, claim) if gaps <= demand.gaps else ruling.unknown(found, claim)

    return judge


def _accepted(most: int) -> Judge:
    def judge(ruling: Ruling, claim: Claim) -> Outcome:
        accepted = _whole(claim, "accepted")
        if accepted is None:
            return ruling.unknown("the scan does not count what was accepted", claim)
        found = f"{accepted} were accepted"
        return ruling.met(found, claim) if accepted <= most else ruling.violated(found, claim)

    return judge


def _tool(least: str) -> Judge:
    def judge(ruling: Ruling, claim: Claim) -> Outcome:
        version = text_at(claim.predicate, "tool", "version")
        number = version_of(version)
        if number is None:
            return ruling.unknown(f"its version {shown(version)} cannot be read", claim)
        found = f"it was version {shown(version)}"
        return (
            ruling.met(found, claim) if number >= (version_of(least) or ()) else ruling.unknown(found, claim)
        )

    return judge


def version_of(text: str) -> tuple[int, ...] | None:
    """The numbers of a version such as 1.2.3; None for pre-releases and anything else."""
    parts = text.split(".")
    if len(parts) > 6 or not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
        return None
    numbers = [int(part) for part in parts]
    return tuple(numbers + [0] * (6 - len(numbers)))


def _rules_words(demand: ScanDemand) -> str:
    age = demand.rule_set_max_age
    return "a known rule set" + (f" not older than {age_words(age)}" if age else "")


def _rules(demand: ScanDemand, court: Court) -> Judge:
    def judge(ruling: Ruling, claim: Claim) -> Outcome:
        digest = text_at(claim.predicate, "ruleSet")
        known = next((each for each in demand.rule_sets if each.digest == digest), None)
        if known is None:
            return ruling.unknown(f"the rule set {shown(digest)[:20]} is not in the policy", claim)
        found = f"the rule set {digest[:12]} is of {known.since:%Y-%m-%d}"
        age = demand.rule_set_max_age
        is_fresh = age is None or known.since >= court.now - age
        return ruling.met(found, claim) if is_fresh else ruling.unknown(found, claim)

    return judge


def _formats(demand: ScanDemand) -> Judge:
    def judge(ruling: Ruling, claim: Claim) -> Outcome:
        formats = list_at(claim.predicate, "formats")
        if not formats or not all(isinstance(each, str) for each in formats):
            return ruling.unknown("the scan does not name the formats", claim)
        refused = [each for each in formats if not _is_allowed(str(each).lower(), demand)]
        if refused:
            return ruling.violated(f"there is {', '.join(shown(each) for each in refused[:5])}", claim)
        return ruling.met(f"there are {', '.join(shown(each) for each in formats[:8])}", claim)

    return judge


def _is_allowed(name: str, demand: ScanDemand) -> bool:
    if any(fnmatchcase(name, each.lower()) for each in demand.formats_denied):
        return False
    allowed = demand.formats_allowed or ("*",)
    return any(fnmatchcase(name, each.lower()) for each in allowed)
