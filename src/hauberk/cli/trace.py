"""`hauberk trace`: the chain of custody of a digest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hauberk.core.errors import UsageError

if TYPE_CHECKING:
    from hauberk.attest.trust import Trust
    from hauberk.core.attested import Attested
    from hauberk.core.chain import Chain

FORMS = ("tree", "json", "html")


@click.command("trace")
@click.argument("subject")
@click.option("-e", "--evidence", multiple=True, required=True, type=click.Path(), help="Folder or file.")
@click.option("-t", "--trust", required=True, type=click.Path(), help="The trust file: whose word counts.")
@click.option("-o", "--output", "outputs", multiple=True, metavar="FORM[=FILE]", help="tree, json, html.")
def command(subject: str, evidence: tuple[str, ...], trust: str, outputs: tuple[str, ...]) -> int:
    """Draw the chain of custody of SUBJECT: a file, a folder, or sha256:...

    Exits with 0 if something is proven of it, 3 if nothing is. Whether that suffices is the gate's to say.
    """
    from hauberk.attest.chain import chain_of
    from hauberk.cli.custody import evidence_in, subjects_of, trust_in

    trusted = trust_in(trust)
    found = evidence_in(evidence, trusted)
    chain = chain_of(subjects_of(subject)[0], [_named(each, trusted) for each in found.attested])
    for each in outputs or ("tree",):
        _draw(each, chain)
    for discarded in found.discarded:
        click.echo(f"does not count: {discarded.locator}: {discarded.reason}", err=True)
    return 0 if chain.links else 3


def _named(attested: Attested, trust: Trust) -> Attested:
    """With the signers as people call them."""
    return replace(attested, signers=tuple(trust.names.get(each) or each for each in attested.signers))


def _draw(output: str, chain: Chain) -> None:
    from hauberk.report.chain_page import chain_page
    from hauberk.report.chain_tree import chain_json, tree

    form, _, path = output.partition("=")
    if form not in FORMS:
        raise UsageError(f"-o {output}: one of {', '.join(FORMS)}")
    text = {"tree": tree, "json": chain_json, "html": chain_page}[form](chain)
    if not path:
        click.echo(text, nl=False)
        return
    try:
        Path(path).write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
