"""`hauberk gate`: whether a digest may pass into an environment, and why or why not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hauberk.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hauberk.attest.evidence import Discarded
    from hauberk.core.attested import Attested
    from hauberk.core.digest import Digest
    from hauberk.core.statement import Statement
    from hauberk.gate.policy.demands import Policy
    from hauberk.gate.policy.outcome import Decision

MARKS = {"met": "met     ", "violated": "VIOLATED", "unknown": "UNKNOWN "}


@click.command("gate")
@click.argument("policy", type=click.Path(), required=False)
@click.argument("subject", required=False)
@click.option("--environment", "environment", metavar="NAME", help="The environment of the policy.")
@click.option("-e", "--evidence", multiple=True, type=click.Path(), help="A folder or file of evidence.")
@click.option("-t", "--trust", type=click.Path(), help="The trust file: whose word counts.")
@click.option("--json", "as_json", is_flag=True, help="Print the decision as JSON.")
@click.option("-o", "--output", type=click.Path(), help="Write the verification summary (VSA).")
@click.option("-k", "--key", "keys", multiple=True, type=click.Path(), help="Sign the summary.")
@click.option("--schema", "only_schema", is_flag=True, help="Print the JSON schema of policies.")
def command(policy: str | None, subject: str | None, environment: str | None, evidence: tuple[str, ...],
            trust: str | None, as_json: bool, output: str | None, keys: tuple[str, ...],
            only_schema: bool) -> int:  # fmt: skip
    """Decide by POLICY whether SUBJECT, a file, a folder, or sha256:..., may pass into an environment.

    Exits with 0 if every demand is met, 1 if one is violated, 3 if evidence is missing or does not count.
    """
    if only_schema:
        return _print_schema()
    if not (policy and subject and environment and trust and evidence):
        raise UsageError("name POLICY, SUBJECT, --environment, --trust and --evidence")
    if keys and not output:
        raise UsageError("--key signs the summary; name --output for it")
    from hauberk.gate.policy.summary import Circumstances, vsa

    decision, discarded = decided(policy, subject, environment, (evidence, trust))
    if output:
        _write(Path(output), vsa(decision, Circumstances(Path(policy).name)), keys)
    click.echo(_json(decision, discarded) if as_json else words(decision, discarded))
    return decision.verdict.exit_code


def decided(
    policy: str, subject: str, environment: str, known: tuple[tuple[str, ...], str]
) -> tuple[Decision, tuple[Discarded, ...]]:
    """What the policy makes of the subject by the evidence and trust file, and what did not count."""
    from hauberk.cli.custody import evidence_in, read_file, subjects_of, trust_in
    from hauberk.gate.policy.decide import decide
    from hauberk.gate.policy.evidence import Evidence
    from hauberk.gate.policy.read import read_policy

    read = read_policy(read_file(policy), policy)
    trusted = trust_in(known[1])
    found = evidence_in(known[0], trusted)
    read = _with_ids(read, {name: id for id, name in trusted.names.items()})
    about = subjects_of(subject)[0]
    attested = tuple(_with_whole(found.attested, about.digest))
    return decide(read, environment, Evidence(about, attested, datetime.now(UTC))), found.discarded


def _print_schema() -> int:
    import json

    from hauberk.gate.policy.read import schema

    click.echo(json.dumps(schema(), indent=2))
    return 0


def _with_ids(policy: Policy, ids: Mapping[str, str]) -> Policy:
    """The policy with key ids for the names that the trust file gives to keys."""
    from dataclasses import replace

    roles = {
        name: replace(role, signers=tuple(ids.get(each, each) for each in role.signers))
        for name, role in policy.roles.items()
    }
    return replace(policy, roles=roles)


def _with_whole(attested: Iterable[Attested], digest: Digest) -> Iterable[Attested]:
    """Model signatures name their files; where those add up to the subject, they are about it too."""
    from dataclasses import replace

    from hauberk.attest.model_manifest import manifest_digest
    from hauberk.attest.predicates import OMS
    from hauberk.core.statement import Subject

    for each in attested:
        said = each.statement
        if said.predicate_type == OMS and manifest_digest(said.predicate) == digest:
            yield replace(each, statement=replace(said, subjects=(*said.subjects, Subject("", digest))))
        else:
            yield each


def words(decision: Decision, discarded: Iterable[Discarded]) -> str:
    """The decision, demand by demand, as a tired engineer reads it."""
    from hauberk.report.plain import plain

    lines = [f"{decision.subject.name or decision.subject.digest}: {decision.environment}"]
    lines += [f"  {MARKS[each.state.value]}  {each.words}" for each in decision.outcomes]
    lines += [f"  does not count: {each.locator}: {each.reason}" for each in discarded]
    word = decision.verdict.word.value
    met = sum(each.state.value == "met" for each in decision.outcomes)
    lines.append(f"{word}: {met} of {len(decision.outcomes)} demands met")
    return "\n".join(plain(line) for line in lines)


def _json(decision: Decision, discarded: Iterable[Discarded]) -> str:
    import json

    shape = {
        "subject": {"name": decision.subject.name, "digest": str(decision.subject.digest)},
        "environment": decision.environment,
        "policy": decision.policy,
        "decidedAt": decision.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verdict": decision.verdict.word.value,
        "demands": [
            {
                "demand": each.demand,
                "state": each.state.value,
                "words": each.words,
                "evidence": [source.locator for claim in each.claims for source in claim.attested],
            }
            for each in decision.outcomes
        ],
        "doesNotCount": [{"locator": each.locator, "reason": each.reason} for each in discarded],
    }
    return json.dumps(shape, indent=2)


def _write(path: Path, summary: Statement, keys: tuple[str, ...]) -> None:
    """Write the statement bare, or as signed evidence that the next gate can read."""
    octets = (summary.to_json() + "\n").encode()
    if keys:
        from hauberk.attest.dsse import sign
        from hauberk.attest.record import Record, record_json
        from hauberk.cli.custody import private_key

        octets = record_json(Record(sign(summary, [private_key(each) for each in keys]), None))
    try:
        path.write_bytes(octets)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
