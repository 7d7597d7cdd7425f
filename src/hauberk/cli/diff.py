"""`hauberk diff`: what changed between two scans."""

from __future__ import annotations

import click


@click.command("diff")
@click.argument("before", type=click.Path())
@click.argument("after", type=click.Path())
def command(before: str, after: str) -> int:
    """Compare the JSON reports BEFORE and AFTER: what is new, what is gone. 1 if anything is new."""
    from hauberk.cli.kept import read_kept

    old, new = read_kept(before), read_kept(after)
    appeared = [line for key, line in new.lines.items() if key not in old.lines]
    vanished = [line for key, line in old.lines.items() if key not in new.lines]
    for line in sorted(appeared):
        click.echo(f"+ {line}")
    for line in sorted(vanished):
        click.echo(f"- {line}")
    click.echo(f"{len(appeared)} new, {len(vanished)} gone, {len(new.lines) - len(appeared)} as before")
    return 1 if appeared else 0
