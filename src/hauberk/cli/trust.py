"""`hauberk trust`: whose signatures count; written by people, signed by root keys, followed by machines."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click


@click.group("trust")
def command() -> None:
    """Say whose signatures count, for what, and until when."""


@command.command("sign")
@click.argument("source", type=click.Path())
@click.option("-k", "--key", "keys", multiple=True, required=True, type=click.Path(), help="A root key.")
@click.option("--after", type=click.Path(), help="The version before: its root must hand over to this one.")
@click.option("-o", "--output", default="trust.json", show_default=True, type=click.Path())
def sign(source: str, keys: tuple[str, ...], after: str | None, output: str) -> int:
    """Turn SOURCE (TOML with names and key files) into a signed trust file."""
    from hauberk.attest.trust import follow, read_trust, write_trust
    from hauberk.attest.trust_source import trust_from
    from hauberk.cli.custody import private_key, read_file, trust_in

    folder = Path(source).parent
    trust = trust_from(
        read_file(source).decode("utf-8", "replace"), lambda name: read_file(str(folder / name))
    )
    octets = write_trust(trust, [private_key(each) for each in keys])
    now = datetime.now(UTC)
    if after:
        follow(trust_in(after), octets, now)
    else:
        read_trust(octets, now)
    Path(output).write_bytes(octets)
    click.echo(f"{output}: version {trust.version}, {len(trust.keys)} keys, until {trust.expires:%Y-%m-%d}")
    return 0


@command.command("show")
@click.argument("path", type=click.Path())
def show(path: str) -> int:
    """Print who may do what by the trust file PATH."""
    from hauberk.cli.custody import trust_in
    from hauberk.report.plain import plain

    trust = trust_in(path)
    click.echo(f"version {trust.version}, until {trust.expires:%Y-%m-%d %H:%M} UTC")
    for name, role in sorted(trust.roles.items()):
        who = ", ".join(sorted(plain(trust.names.get(each) or each[:16]) for each in role.keys))
        click.echo(f"{plain(name)}: {role.threshold} of {who}")
    for id, each in sorted(trust.revoked.items()):
        name = plain(trust.names.get(id) or id[:16])
        click.echo(f"revoked: {name}, {each.at:%Y-%m-%d %H:%M}, {plain(each.reason)}")
    for log in trust.logs:
        click.echo(f"log: {plain(log.key)}, {log.threshold} of {len(log.witnesses)} witnesses")
    return 0
