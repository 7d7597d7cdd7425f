"""The decision: a policy, an environment and the evidence become a verdict, demand by demand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

from hauberk.core.errors import BadSettings
from hauberk.gate.policy.demands import Environment, Policy
from hauberk.gate.policy.evidence import Court, Evidence
from hauberk.gate.policy.judges.approval import judge_approval
from hauberk.gate.policy.judges.bom import judge_bom
from hauberk.gate.policy.judges.conditions import judge_conditions
from hauberk.gate.policy.judges.deployment import judge_deployment
from hauberk.gate.policy.judges.evaluation import judge_threshold
from hauberk.gate.policy.judges.lineage import judge_lineage
from hauberk.gate.policy.judges.provenance import judge_provenance
from hauberk.gate.policy.judges.release import judge_release
from hauberk.gate.policy.judges.required import judge_required
from hauberk.gate.policy.judges.scan import judge_scan
from hauberk.gate.policy.kind import nearest
from hauberk.gate.policy.outcome import Decision, Outcome


def decide(policy: Policy, environment: str, evidence: Evidence) -> Decision:
    """What the policy makes of the subject. Raises BadSettings for an environment that it does not have."""
    if environment not in policy.environments:
        raise BadSettings(
            f"the policy {policy.name} has no environment {environment[:80]!r}; "
            f"{nearest(environment, policy.environments)}"
        )
    if evidence.now.tzinfo is None:
        raise BadSettings("the time of the decision has no offset")
    court = Court(policy, environment, replace(evidence, now=evidence.now.astimezone(UTC)))
    outcomes = tuple(_outcomes(policy.environments[environment], court))
    return Decision(evidence.subject, environment, policy.digest, evidence.now, outcomes)


def _outcomes(asked: Environment, court: Court) -> Iterator[Outcome]:
    for required in asked.require:
        yield from judge_required(required, court)
    if asked.provenance:
        yield from judge_provenance(asked.provenance, court)
    if asked.scan:
        yield from judge_scan(asked.scan, court)
    if asked.bom:
        yield from judge_bom(asked.bom, court)
    if asked.lineage:
        yield from judge_lineage(asked.lineage, court)
    for threshold in asked.evaluation:
        yield from judge_threshold(threshold, court)
    for approval in asked.approvals:
        yield from judge_approval(approval, court)
    if asked.release:
        yield from judge_release(asked.release, court)
    if asked.deployment:
        yield from judge_deployment(asked.deployment, court)
    yield from judge_conditions(asked, court)
