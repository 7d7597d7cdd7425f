"""`hauberk serve`: the services."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hauberk.cli.serve_advisories import advisories
from hauberk.core.errors import Inaccessible, UsageError

if TYPE_CHECKING:
    import ssl

    from hauberk.registry.admit import Admission
    from hauberk.registry.open import Opened
    from hauberk.registry.serve import Listening

DEFAULT_STORE = "hauberk-registry"


@click.group("serve")
def command() -> None:
    """Run a service. It listens on loopback unless told otherwise, and stops on SIGTERM."""


def over_registry(function: Callable[..., int]) -> Callable[..., int]:
    """A service over the registry in FOLDER; it is given what was opened, admission, and where to listen."""

    @wraps(function)
    def run(folder: Path, store: str | None, blobs: str | None, log_format: str, **options: Any) -> int:
        from hauberk.core.extra import extra

        extra("aiohttp", "server")
        from hauberk.registry.admit import admitting
        from hauberk.registry.open import Opening, open_registry
        from hauberk.registry.serve import Listening

        _log(log_format)
        tls = _tls(options.pop("tls_cert"), options.pop("tls_key"))
        listening = Listening(options.pop("host"), options.pop("port"), tls)
        named = {name: options.pop(name) for name in ("environment", "is_open", "policy", "trust")}
        with (
            open_registry(Opening(folder, store, blobs, **named)) as opened,
            admitting(opened.life) as taking,
        ):
            try:
                return function(opened, taking, listening, **options)
            except OSError as error:
                where = f"{listening.host}:{listening.port}"
                raise Inaccessible(f"{where}: {error.strerror or error}") from error

    for each in reversed(OPTIONS):
        run = each(run)
    return run


OPTIONS = (
    click.argument("folder", type=click.Path(path_type=Path), default=DEFAULT_STORE),
    click.option("--store", help="The database instead of a file in FOLDER: postgresql://..."),
    click.option(
        "--blobs", help="Where files lie instead of in FOLDER: s3://NAME/PREFIX, gs://..., az://..."
    ),
    click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on."),
    click.option("--tls-cert", type=click.Path(), help="The certificate chain, PEM."),
    click.option("--tls-key", type=click.Path(), help="Its private key, PEM."),
    click.option("--environment", default="dev", show_default=True, help="What its readers load for."),
    click.option("--open", "is_open", is_flag=True, help="Let everybody who reaches it read what is public."),
    click.option("--policy", type=click.Path(path_type=Path), help="The gate policy instead of its own."),
    click.option("--trust", type=click.Path(path_type=Path), help="Whose evidence counts beside its own."),
    click.option(
        "--log", "log_format", type=click.Choice(["text", "json"]), default="text", show_default=True
    ),
)


@command.command("registry")
@click.option("--port", default=8470, show_default=True, help="0 takes a free one.")
@click.option("--console/--no-console", default=True, help="Pages for browsers at the same address.")
@click.option(
    "--mirror", type=click.Path(path_type=Path), help="Fetch what is missing, by the rules in a file."
)
@over_registry
def registry(
    opened: Opened, taking: Admission, listening: Listening, console: bool, mirror: Path | None
) -> int:
    """Run a registry of models and data sets, which stock Hugging Face clients use unmodified.

    Everything lies in FOLDER, which is made where it is missing: the database, the files, the keys. The first
    start makes an administrator and prints the token, once.
    """
    from hauberk.registry.app import application
    from hauberk.registry.oci.routes import add_oci
    from hauberk.registry.own import add_routes
    from hauberk.registry.serve import run
    from hauberk.web.console import add_console

    app = application(opened.site)
    add_routes(app, opened.life)
    add_oci(app)
    if console:
        add_console(app)
    if mirror is not None:
        from hauberk.registry.mirror.serve import add_mirror, rules_at

        add_mirror(app, rules_at(mirror))
    run(app, listening, lambda url: _begun("registry", url, opened.first_token))
    return 0


@command.command("mlflow-gate")
@click.option("--port", default=8471, show_default=True, help="0 takes a free one.")
@click.option("--upstream", required=True, metavar="URL", help="The MLflow server behind the gate.")
@over_registry
def mlflow_gate(opened: Opened, taking: Admission, listening: Listening, upstream: str) -> int:
    """Stand in front of an MLflow server: its models load only after their scan, as the policy allows.

    Clients use the gate's address and MLFLOW_TRACKING_TOKEN. The models are kept in the registry in FOLDER,
    where they are approved, promoted and recalled; `hauberk serve registry FOLDER` shows them.
    """
    from hauberk.registry.mlflow.serve import gate_application
    from hauberk.registry.serve import run

    app = gate_application(upstream, opened.life, opened.site, taking)
    run(app, listening, lambda url: _begun("mlflow-gate", url, opened.first_token))
    return 0


command.add_command(advisories)


CLIENTS = {
    "registry": "HF_ENDPOINT={} HF_TOKEN={}",
    "mlflow-gate": "MLFLOW_TRACKING_URI={} MLFLOW_TRACKING_TOKEN={}",
}


def _begun(service: str, url: str, first_token: str | None) -> None:
    click.echo(f"hauberk {service} at {url}")
    if first_token:
        click.echo(f"administrator's token, shown this once: {first_token}")
        click.echo(f"stock clients: export {CLIENTS[service].format(url, first_token)}")
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
