"""`hauberk verify`: whether a model is what was signed, released and allowed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from hauberk.core.errors import UsageError


@click.command("verify")
@click.argument("model", type=click.Path())
@click.option("-s", "--signature", type=click.Path(), help="The bundle that `hauberk sign` wrote.")
@click.option("-p", "--public-key", type=click.Path(), help="The key (PEM) that must have signed.")
@click.option("--ignore-path", "ignored", multiple=True, metavar="PATH", help="A path that may differ.")
@click.option("--ignore-git-paths", is_flag=True, help="Let .git, .github and the like differ.")
@click.option("--no-links", is_flag=True, help="Refuse models that hold links.")
@click.option("--release", "name", help="The name under which MODEL must be released.")
@click.option("-e", "--evidence", multiple=True, type=click.Path(), help="A folder or file of evidence.")
@click.option("-t", "--trust", type=click.Path(), help="The trust file: whose word counts.")
@click.option("--seen", type=click.Path(), help="Remembers the newest release; refuses older ones.")
def command(model: str, signature: str | None, public_key: str | None, ignored: tuple[str, ...],
            ignore_git_paths: bool, no_links: bool, name: str | None, evidence: tuple[str, ...],
            trust: str | None, seen: str | None) -> int:  # fmt: skip
    """Verify MODEL, a file or folder: its signature, its release, or both.

    Exits with 0 if everything asked for holds, 1 with a sentence if not. Files that were not signed are
    refused too; what may differ is named by --ignore-path.
    """
    from hauberk.cli.custody import GIT_PATHS, inside

    if not signature and not name:
        raise UsageError("say what must hold: --signature with --public-key, or --release with --trust")
    allowed = [*ignored, *(GIT_PATHS if ignore_git_paths else ()), *inside(model, signature or "")]
    if signature:
        _verify_signature(model, signature, public_key, allowed, not no_links)
    if name:
        _verify_release(model, name, evidence, trust, seen)
    return 0


def _verify_signature(
    model: str, signature: str, public_key: str | None, allowed: list[str], links: bool
) -> None:
    from hauberk.attest.bundle import read_bundle
    from hauberk.attest.keys import read_public_key
    from hauberk.attest.model_signing import compare, verified
    from hauberk.cli.custody import read_file

    if not public_key:
        raise UsageError("--signature needs --public-key: whose signature it must be")
    signed = verified(read_bundle(read_file(signature)), read_public_key(read_file(public_key)))
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
