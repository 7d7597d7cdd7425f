"""`hauberk init`: a commented settings file."""

from __future__ import annotations

from pathlib import Path

import click

from hauberk.core.errors import UsageError

SETTINGS = """\
# Hauberk's settings; `hauberk init --schema` prints their JSON schema.

# The lowest severity that stops: info, low, medium, high, critical.
stop = "medium"

# Paths that are left out (globs; * crosses slashes).
exclude = []

# Rules that are switched off everywhere. Prefer an acceptance: it has a reason and an end.
disable = []

# Other rules for some paths; the last match wins.
# [[paths]]
# match = "tests/*"
# stop = "high"

# What somebody accepts: a fingerprint (or a rule and a digest), why, and the last day.
# Both stand in the report. An acceptance that has ended is itself a finding.
# [[accept]]
# fingerprint = "0123456789abcdef"
# reason = "fixture of the loader's tests, never shipped"
# until = 2030-01-31
"""


@click.command("init")
@click.option("--schema", is_flag=True, help="Print the JSON schema of the settings instead.")
@click.argument("folder", type=click.Path(file_okay=False, exists=True), default=".")
def command(schema: bool, folder: str) -> None:
    """Write a commented hauberk.toml into FOLDER; an existing one is never overwritten."""
    if schema:
        import json

        from hauberk.gate.settings import schema as settings_schema

        click.echo(json.dumps(settings_schema(), indent=2))
        return
    path = Path(folder) / "hauberk.toml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(SETTINGS)
    except FileExistsError as error:
        raise UsageError(f"{path} exists; it is left as it is") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    click.echo(f"wrote {path}; next: hauberk scan {folder}")
