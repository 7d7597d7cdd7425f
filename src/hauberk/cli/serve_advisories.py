"""`hauberk serve advisories`: the API of OSV over a store of advisories."""

from __future__ import annotations

import sys

import click

from hauberk.core.errors import Inaccessible, MissingPath


@click.command("advisories")
@click.option("--store", default="advisories.db", show_default=True, help="A file, or postgresql://...")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8472, show_default=True, help="0 takes a free one.")
@click.option("--max-age", type=click.IntRange(0), default=30, show_default=True, help="Days.")
@click.option("--tls-cert", type=click.Path(), help="The certificate chain, PEM.")
@click.option("--tls-key", type=click.Path(), help="Its private key, PEM.")
def advisories(
    store: str, host: str, port: int, max_age: int, tls_cert: str | None, tls_key: str | None
) -> int:
    """Answer like osv.dev, from what `hauberk advisories import` took in.

    Stock clients use it unmodified: pip-audit -s osv --osv-url URL/v1/query. What nothing is known of is
    refused, so that no client takes it for clean.
    """
    from hauberk.cli.serve import _tls
    from hauberk.core.extra import extra

    extra("aiohttp", "server")
    from hauberk.registry.osv_api import Answering, application
    from hauberk.registry.serve import Listening, run
    from hauberk.store import open_store
    from hauberk.store.advisories import Advisories
    from hauberk.store.open import is_there

    if not is_there(store):
        raise MissingPath(f"{store}: no advisories were imported: hauberk advisories import --store {store}")
    listening = Listening(host, port, _tls(tls_cert, tls_key))
    with open_store(store) as opened:
        try:
            run(application(Answering(Advisories(opened), max_age)), listening, _begun)
        except OSError as error:
            raise Inaccessible(f"{host}:{port}: {error.strerror or error}") from error
    return 0


def _begun(url: str) -> None:
    click.echo(f"hauberk advisories at {url}")
    click.echo(f"stock clients: pip-audit -s osv --osv-url {url}/v1/query")
    sys.stdout.flush()
