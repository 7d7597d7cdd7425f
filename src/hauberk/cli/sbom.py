"""`hauberk sbom`: the bill of materials of an environment or of lock files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hauberk.core.errors import MissingPath, UsageError
from hauberk.core.verdict import EXIT_CODES, Word

if TYPE_CHECKING:
    from datetime import datetime

    from hauberk.attest.sbom.inventory import Inventory

FORMS = ("table", "cyclonedx", "cyclonedx-1.7", "spdx", "spdx-2.3")


@click.command("sbom")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("-o", "--output", "outputs", multiple=True, metavar="FORM[=FILE]", help=", ".join(FORMS) + ".")
@click.option("--created", help="RFC 3339 time to write; default: SOURCE_DATE_EPOCH, or now.")
def command(target: Path, outputs: tuple[str, ...], created: str | None) -> int:
    """Write the bill of materials of TARGET: an environment of Python, a lock file, or a folder of them.

    It has licences, hashes, who needs whom, and what hides inside of wheels: components of their own bills
    (PEP 770) and shared libraries. Nothing is run or fetched. Exits with 3 where something could not be read.
    """
    from hauberk.attest.sbom.gather import inventory_of
    from hauberk.cli.bom import _created
    from hauberk.scan.discover import discover
    from hauberk.sources.environment import site_folders

    if not target.exists():
        raise MissingPath(f"{target}: no such file or folder")
    asked = [_asked(each) for each in outputs or ("table",)]
    is_environment = target.is_dir() and bool(site_folders(target))
    assets = () if is_environment else discover([str(target)]).assets
    found = inventory_of(target, assets)
    when = _created(created)
    for form, file in asked:
        _write(_text(form, found, when), file)
    for gap in found.gaps:
        click.echo(f"could not be read: {gap.place}: {gap.message}", err=True)
    return EXIT_CODES[Word.UNKNOWN] if found.gaps else 0


def _asked(output: str) -> tuple[str, str]:
    form, _, file = output.partition("=")
    if form not in FORMS:
        raise UsageError(f"-o {output}: one of {', '.join(FORMS)}")
    return form, file


def _text(form: str, found: Inventory, created: datetime) -> str:
    from hauberk.attest.sbom.cyclonedx import cyclonedx
    from hauberk.attest.sbom.spdx import spdx_2, spdx_3

    if form == "table":
        return _table(found)
    if form.startswith("cyclonedx"):
        made = cyclonedx(found, created, form.partition("-")[2] or "1.6")
    else:
        made = spdx_2(found, created) if form == "spdx-2.3" else spdx_3(found, created)
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _table(found: Inventory) -> str:
    lines: list[str] = []
    for each in found.parts:
        package = each.package
        indent = "  " if each.within else ""
        name = f"{indent}{package.name} {package.version}".rstrip()
        kind = "file" if each.is_file else package.ecosystem or "-"
        lines.append(f"{name:<50} {kind:<12} {package.licence or '-'}".rstrip())
    hidden = sum(bool(each.within) for each in found.parts)
    edges = sum(len(each.needs) for each in found.parts)
    lines.append(f"{len(found.parts) - hidden} packages, {hidden} components inside of them, {edges} edges")
    return "\n".join(lines) + "\n"


def _write(text: str, file: str) -> None:
    if not file:
        click.echo(text, nl=False)
        return
    try:
        Path(file).write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from error
