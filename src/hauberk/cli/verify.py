"""`hauberk verify`: whether a model is what was signed, released and allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hauberk.core.errors import UsageError
from hauberk.report.plain import plain

if TYPE_CHECKING:
    from hauberk.attest.bundle import Bundle
    from hauberk.attest.keys import PublicKey
    from hauberk.attest.model_signing import Signed


@click.command("verify")
@click.argument("model", type=click.Path())
@click.option("-s", "--signature", type=click.Path(), help="The bundle that `hauberk sign` wrote.")
@click.option("-p", "--public-key", type=click.Path(), help="The key (PEM) that must have signed.")
@click.option(
    "--certificate-root", "roots", multiple=True, type=click.Path(), help="A root (PEM) for chains."
)
@click.option("--crl", "lists", multiple=True, type=click.Path(), help="A revocation list (PEM or DER).")
@click.option("--record", type=click.Path(), help="The log's record of the signature: when it was made.")
@click.option("--ignore-path", "ignored", multiple=True, metavar="PATH", help="A path that may differ.")
@click.option("--ignore-git-paths", is_flag=True, help="Let .git, .github and the like differ.")
@click.option("--no-links", is_flag=True, help="Refuse models that hold links.")
@click.option("--release", "name", help="The name under which MODEL must be released.")
@click.option("-e", "--evidence", multiple=True, type=click.Path(), help="A folder or file of evidence.")
@click.option("-t", "--trust", type=click.Path(), help="The trust file: whose word counts.")
@click.option("--seen", type=click.Path(), help="Remembers the newest release; refuses older ones.")
@click.option("--policy", type=click.Path(), help="A gate policy that must let MODEL pass.")
@click.option("--environment", metavar="NAME", help="The environment of the policy.")
def command(model: str, signature: str | None, name: str | None, ignored: tuple[str, ...],
            ignore_git_paths: bool, no_links: bool, evidence: tuple[str, ...], trust: str | None,
            seen: str | None, policy: str | None, environment: str | None, **by: Any) -> int:  # fmt: skip
    """Verify MODEL, a file or folder: its signature, its release, what a policy asks of it, or all of that.

    Exits with 0 if everything asked for holds, 1 with a sentence if not. Files that were not signed are
    refused too; what may differ is named by --ignore-path.
    """
    from hauberk.cli.custody import GIT_PATHS, inside

    if not (signature or name or policy):
        raise UsageError(
            "say what must hold: --signature with --public-key, --release or --policy with --trust"
        )
    if policy and not (environment and trust and evidence):
        raise UsageError("--policy needs --environment, --evidence and --trust")
    allowed = [*ignored, *(GIT_PATHS if ignore_git_paths else ()), *inside(model, signature or "")]
    if signature:
        signed = _signed(signature, Signer(trust=trust, **by))
        _compare(signed, model, allowed, not no_links)
    if name:
        _verify_release(model, name, evidence, trust, seen)
    if policy and environment and trust:
        return _judge(policy, model, environment, (evidence, trust))
    return 0


def _judge(policy: str, model: str, environment: str, known: tuple[tuple[str, ...], str]) -> int:
    from hauberk.cli.gate import decided, words

    decision, discarded = decided(policy, model, environment, known)
    click.echo(words(decision, discarded))
    return decision.verdict.exit_code


@dataclass(frozen=True, slots=True)
class Signer:
    """Who must have signed: a key, or a certificate under a root; and what proves the time."""

    public_key: str | None
    roots: tuple[str, ...]
    lists: tuple[str, ...]
    record: str | None
    trust: str | None


def _signed(signature: str, by: Signer) -> Signed:
    from hauberk.attest.bundle import read_bundle
    from hauberk.attest.keys import read_public_key
    from hauberk.attest.model_signing import verified
    from hauberk.cli.custody import read_file

    bundle = read_bundle(read_file(signature))
    if bundle.certificates:
        return verified(bundle, _certified_key(bundle, by))
    if not by.public_key:
        raise UsageError(f"{signature} is made with a key: name it by --public-key")
    return verified(bundle, read_public_key(read_file(by.public_key)))


def _certified_key(bundle: Bundle, by: Signer) -> PublicKey:
    from hauberk.attest.certificates import chain_in, identity_in, revocations_in, verified_key
    from hauberk.cli.custody import read_file

    if not by.roots:
        raise UsageError("the signature brings certificates: name a root by --certificate-root")
    roots = [each for path in by.roots for each in chain_in(read_file(path))]
    lists = [revocations_in(read_file(path)) for path in by.lists]
    key = verified_key(bundle.certificates, roots, lists, _signed_at(bundle, by))
    click.echo(f"signed by {plain(identity_in(bundle.certificates))}")
    return key


def _signed_at(bundle: Bundle, by: Signer) -> datetime:
    """When the signature was made: as a trusted log proves, or now."""
    from hauberk.attest.evidence import logged_at
    from hauberk.attest.record import read_record
    from hauberk.cli.custody import read_file, trust_in

    now = datetime.now(UTC)
    if not by.record:
        return now
    record = read_record(read_file(by.record))
    if not by.trust or record.entry is None or record.envelope != bundle.envelope:
        raise UsageError("--record needs --trust, and must be the log's record of this very signature")
    return logged_at(record.envelope, record.entry, trust_in(by.trust), now)


def _compare(signed: Signed, model: str, allowed: list[str], links: bool) -> None:
    from hauberk.attest.model_signing import compare

    compare(signed, Path(model), allowed, links)
    click.echo(f"{model}: as signed, {len(signed.resources)} resources, nothing else")


def _verify_release(
    model: str, name: str, evidence: tuple[str, ...], trust: str | None, seen: str | None
) -> None:
    from hauberk.attest.release import Wanted, checked_release, read_seen, seen_json
    from hauberk.cli.custody import evidence_in, read_file, subjects_of, trust_in

    if not trust:
        raise UsageError("--release needs --trust: whose releases count")
    known = read_seen(read_file(seen)) if seen and Path(seen).exists() else {}
    trusted = trust_in(trust)
    found = evidence_in(evidence, trusted)
    wanted = Wanted(name, subjects_of(model)[0].digest, known.get(name))
    for discarded in found.discarded:
        click.echo(f"does not count: {discarded.locator}: {discarded.reason}", err=True)
    known[name] = checked_release(wanted, found.attested, trusted, datetime.now(UTC))
    if seen:
        # Never half written: a broken memory would be refused, and a lost one lets a rollback through.
        fresh = Path(f"{seen}.new")
        fresh.write_text(seen_json(known), "utf-8")
        fresh.replace(seen)
    click.echo(f"{model}: {name} version {known[name].version}, released and fresh")
