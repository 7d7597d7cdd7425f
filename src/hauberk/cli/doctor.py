"""`hauberk doctor`: is this installation able to do its work?"""

from __future__ import annotations

import platform
import sqlite3
import sys
from importlib.metadata import PackageNotFoundError, requires, version

import click

from hauberk.core.verdict import EXIT_USAGE


@click.command("doctor")
def command() -> int:
    """Check this installation: Python, dependencies, rules, formats, cache. 2 if one is broken."""
    from hauberk.formats.recognise import formats
    from hauberk.rules import load
    from hauberk.scan.cache import rule_set
    from hauberk.scan.run import cache_path

    click.echo(f"hauberk {version('hauberk')} on Python {platform.python_version()}, {platform.platform()}")
    missing = [name for name in _dependencies() if not _is_installed(name)]
    for name in missing:
        click.echo(f"missing: {name}; next: pip install {name}")
    click.echo(f"{len(load())} rules, {len(formats())} formats, rule set {rule_set()}")
    click.echo(f"cache {cache_path()}: {_cached(str(cache_path()))}")
    click.echo("broken" if missing else "ready")
    return EXIT_USAGE if missing or sys.version_info < (3, 11) else 0


def _dependencies() -> list[str]:
    wanted = [each for each in requires("hauberk") or [] if "extra ==" not in each]
    return ["".join(c for c in each.split(";")[0].split("<")[0].split(">")[0] if c != " ") for each in wanted]


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _cached(path: str) -> str:
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            count = connection.execute("SELECT count(*) FROM seen").fetchone()[0]
    except sqlite3.Error:
        return "empty"
    return f"{count} examinations remembered"
