"""`hauberk serve`: the services."""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hauberk.core.errors import Inaccessible, UsageError

if TYPE_CHECKING:
    import ssl

DEFAULT_STORE = "hauberk-registry"


@click.group("serve")
def command() -> None:
    """Run a service. It listens on loopback unless told otherwise, and stops on SIGTERM."""


@command.command("registry")
@click.argument("folder", type=click.Path(path_type=Path), default=DEFAULT_STORE)
@click.option("--store", help="The database instead of a file in FOLDER: postgresql://...")
@click.option("--blobs", help="Where files lie instead of in FOLDER: s3://NAME/PREFIX, gs://..., az://...")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8470, show_default=True, help="0 takes a free one.")
@click.option("--tls-cert", type=click.Path(), help="The certificate chain, PEM.")
@click.option("--tls-key", type=click.Path(), help="Its private key, PEM.")
@click.option(
    "--environment", default="dev", show_default=True, help="What this registry's readers load for."
)
@click.option("--open", "is_open", is_flag=True, help="Let everybody who reaches it read what is public.")
@click.option(
    "--policy", type=click.Path(path_type=Path), help="The gate policy instead of the registry's own."
)
@click.option("--trust", type=click.Path(path_type=Path), help="Whose evidence counts beside the registry's.")
@click.option("--console/--no-console", default=True, help="Pages for browsers at the same address.")
@click.option("--log", "log_format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def registry(folder: Path, store: str | None, blobs: str | None, **options: object) -> int:
    """Run a registry of models and data sets, which stock Hugging Face clients use unmodified.

    Everything lies in FOLDER, which is made where it is missing: the database, the files, the keys. The first
    start makes an administrator and prints the token, once.
    """
    from hauberk.core.extra import extra

    extra("aiohttp", "server")
    from hauberk.registry.admit import admitting
    from hauberk.registry.app import application
    from hauberk.registry.open import Opening, open_registry
    from hauberk.registry.own import add_routes
    from hauberk.registry.serve import Listening, run
    from hauberk.web.console import add_console

    _log(str(options["log_format"]))
    host, port = str(options["host"]), options["port"]
    assert isinstance(port, int)
    tls = _tls(options["tls_cert"], options["tls_key"])
    files = [each if isinstance(each, Path) else None for each in (options["policy"], options["trust"])]
    where = (str(options["environment"]), bool(options["is_open"]))
    with open_registry(Opening(folder, store, blobs, *where, *files)) as opened, admitting(opened.life):
        app = application(opened.site)
        add_routes(app, opened.life)
        if options["console"]:
            add_console(app)
        try:
            run(app, Listening(host, port, tls), lambda url: _begun(url, opened.first_token))
        except OSError as error:
            raise Inaccessible(f"{host}:{port}: {error.strerror or error}") from error
    return 0


def _begun(url: str, first_token: str | None) -> None:
    click.echo(f"hauberk registry at {url}")
    if first_token:
        click.echo(f"administrator's token, shown this once: {first_token}")
        click.echo(f"stock clients: export HF_ENDPOINT={url} HF_TOKEN={first_token}")
    sys.stdout.flush()


def _tls(certificate: object, key: object) -> ssl.SSLContext | None:
    import ssl

    if not certificate and not key:
        return None
    if not certificate or not key:
        raise UsageError("TLS needs both --tls-cert and --tls-key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(str(certificate), str(key))
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"{certificate}: no certificate chain with its key in {key}: {error}") from error
    return context


class _AsJson(logging.Formatter):
    """One JSON object a line, for what collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        told = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))}
        told |= {"level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told)


def _log(form: str) -> None:
    taker = logging.StreamHandler(sys.stderr)
    if form == "json":
        taker.setFormatter(_AsJson())
    else:
        taker.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("hauberk")
    logger.addHandler(taker)
    logger.setLevel(logging.INFO)
