"""Approvals: enough different people of a role agree, nobody of it objects, and no builder is among them."""

from __future__ import annotations

from hauberk.gate.policy.claims import TYPES, shown, text_at
from hauberk.gate.policy.demands import ApprovalDemand, Source
from hauberk.gate.policy.evidence import Claim, Court, Selection, signer_words
from hauberk.gate.policy.judges.ruling import Ruling, why_open
from hauberk.gate.policy.outcome import Outcome


def judge_approval(demand: ApprovalDemand, court: Court) -> list[Outcome]:
    """What the newest word of each member of the role comes to."""
    ruling = Ruling(
        f"approval by {demand.by}",
        f"{demand.count} approvals by different members of {demand.by} for {court.environment}",
        f"Have it approved: hauberk attest SUBJECT --type approval --set environment={court.environment}.",
    )
    builders = _builders(court)
    if demand.four_eyes and not builders:
        return [
            ruling.unknown(
                "no provenance says who built it, so nobody can tell that builder and approver differ"
            )
        ]
    selection = court.select(TYPES["approval"], demand)
    # A no holds until the same person says yes, however old it is and whether or not a log has it.
    heard = court.select(TYPES["approval"], Source(by=demand.by))
    words = _newest_words(heard, court.environment, demand.by)
    rejecting = {signer: claim for signer, claim in words.items() if not _approves(claim)}
    if rejecting:
        signer, claim = min(rejecting.items())
        said = shown(text_at(claim.predicate, "decision") or "nothing readable")
        return [ruling.violated(f"{signer_words(signer)} says {said}", claim)]
    if heard.doubts:
        return [ruling.unknown(why_open(heard))]
    words = _newest_words(selection, court.environment, demand.by)
    barred = builders if demand.four_eyes else frozenset[str]()
    approving = {
        signer: claim
        for signer, claim in words.items()
        if signer not in barred and _name(claim) not in barred
    }
    return [_counted(ruling, demand, approving, selection, len(words) - len(approving))]


def _counted(
    ruling: Ruling, demand: ApprovalDemand, approving: dict[str, Claim], selection: Selection, barred: int
) -> Outcome:
    people = _different(approving)
    claims = tuple({id(each): each for each in approving.values()}.values())
    if people >= demand.count:
        return ruling.met(f"{people} approve", *claims)
    found = f"{people} approve" + (f", and {barred} more built it themselves" if barred else "")
    lacking = f"; {selection.why_none}" if selection.reasons or not selection.claims else ""
    return ruling.unknown(f"{found}{lacking}", *claims)


def _different(approving: dict[str, Claim]) -> int:
    """How many people there are at most one key each: the smaller of different keys and names."""
    return min(len(approving), len({_name(claim) for claim in approving.values()}))


def _name(claim: Claim) -> str:
    return text_at(claim.predicate, "approver").strip().casefold()


def _approves(claim: Claim) -> bool:
    return text_at(claim.predicate, "decision") == "approve"


def _newest_words(selection: Selection, environment: str, role: str) -> dict[str, Claim]:
    """Each signer's newest word on this environment; a no counts where it is as new as a yes."""
    newest: dict[str, Claim] = {}
    for claim in selection.claims:
        if not _concerns(claim, environment, role):
            continue
        for signer in claim.signers:
            before = newest.get(signer)
            if before is None or (claim.at == before.at and not _approves(claim)):
                newest[signer] = claim
    return newest


def _concerns(claim: Claim, environment: str, role: str) -> bool:
    """A yes must name the environment, the role and a person exactly; a no is heard more widely."""
    where = text_at(claim.predicate, "environment")
    if text_at(claim.predicate, "decision") != "approve":
        return where.strip().casefold() in ("", environment.casefold())
    return where == environment and text_at(claim.predicate, "role") in ("", role) and bool(_name(claim))


def _builders(court: Court) -> frozenset[str]:
    """Who built it: the signers of any provenance about it, and the builders that it names."""
    found: set[str] = set()
    for each in court.about(TYPES["provenance"]):
        found.update(each.signers)
        found.add(text_at(each.statement.predicate, "runDetails", "builder", "id").strip().casefold())
    return frozenset(found - {""})
