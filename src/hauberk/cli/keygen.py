"""`hauberk keygen`: a pair of keys."""

from __future__ import annotations

import os
from pathlib import Path

import click

from hauberk.core.errors import UsageError

KINDS = {"p256": "secp256r1", "p384": "secp384r1", "p521": "secp521r1", "ed25519": "ed25519"}


@click.command("keygen")
@click.argument("path", type=click.Path())
@click.option("--kind", type=click.Choice(list(KINDS)), default="p256", show_default=True)
def command(path: str, kind: str) -> int:
    """Write a private key to PATH and its public half to PATH.pub.

    The password in HAUBERK_KEY_PASSWORD, if there is one, locks the private key. Models are signed with
    p256, p384 or p521; statements and logs take ed25519 too.
    """
    from hauberk.attest.keys import generate, private_pem

    key = generate(KINDS[kind])
    _write(Path(path), private_pem(key, os.environ.get("HAUBERK_KEY_PASSWORD")), 0o600)
    _write(Path(f"{path}.pub"), key.public.pem.encode(), 0o644)
    click.echo(f"{path} (keep it secret), {path}.pub: {kind}, key id {key.public.id}")
    return 0


def _write(path: Path, content: bytes, mode: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    except FileExistsError as error:
        raise UsageError(f"{path}: exists; a key is never written over") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
