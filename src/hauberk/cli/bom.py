"""`hauberk bom`: the bill of materials of a model or data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hauberk.core.errors import Inaccessible, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from hauberk.attest.bom.bom import Bom
    from hauberk.attest.bom.gather import Folder

FORMS = ("table", "cyclonedx", "cyclonedx-1.7", "spdx")


@click.command("bom")
@click.argument("path", type=click.Path())
@click.option("-o", "--output", "outputs", multiple=True, metavar="FORM[=FILE]", help=", ".join(FORMS) + ".")
@click.option("--at-least", type=click.IntRange(0, 100), default=0, help="Exit with 1 below so many percent.")
@click.option("--created", help="RFC 3339 time to write; default: SOURCE_DATE_EPOCH, or now.")
def command(path: str, outputs: tuple[str, ...], at_least: int, created: str | None) -> int:
    """Write the bill of materials of PATH, a model's folder or file, offline.

    Each fact has its proof: computed, read, declared by the author, or inferred; and its place. Exits with
    1 below --at-least, with 3 where something could not be read.
    """
    from hauberk.attest.bom.completeness import completeness
    from hauberk.attest.bom.gather import bom_of

    when = _created(created)
    asked = [_asked(each) for each in outputs or ("table",)]
    bom = bom_of(folder_at(path))
    for form, target in asked:
        _write(_text(form, bom, when), target)
    score = completeness(bom)
    for gap in bom.gaps:
        click.echo(f"could not be read: {gap.place}: {gap.message!r}", err=True)
    if score.percent < at_least:
        click.echo(f"{score.percent} percent complete, and {at_least} are asked for", err=True)
        return 1
    return 3 if bom.gaps else 0


def folder_at(path: str) -> Folder:
    """The folder or file at the path, every file of it hashed."""
    from hauberk.attest.bom.bom import File
    from hauberk.attest.bom.gather import Folder
    from hauberk.sources.file_content import FileContent
    from hauberk.sources.manifest import listed_files, manifest_of

    root = Path(path)
    manifest = manifest_of(root)
    try:
        contents = {
            each.path: FileContent.of(each.real, Path(each.real).stat()) for each in listed_files(root)
        }
    except OSError as error:
        raise Inaccessible(f"{path}: {error.strerror}") from error
    files = tuple(File(each.path, each.size, each.digest) for each in manifest.entries)
    digest = manifest.digest if root.is_dir() else files[0].digest
    resolved = Path(path).resolve()
    return Folder(resolved.name, resolved.as_posix(), contents, files, digest)


def _created(said: str | None) -> datetime:
    """When the bill was made: as said, as SOURCE_DATE_EPOCH has it, or now."""
    import os
    from datetime import UTC, datetime

    from hauberk.attest.predicates import read_time

    if said is not None:
        found = read_time(said)
        if found is None:
            raise UsageError(f"--created {said}: write a time such as 2026-01-31T12:00:00Z")
        return found
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"SOURCE_DATE_EPOCH={epoch}: no number of seconds") from error


def _asked(output: str) -> tuple[str, str]:
    form, _, target = output.partition("=")
    if form not in FORMS:
        raise UsageError(f"-o {output}: one of {', '.join(FORMS)}")
    return form, target


def _text(form: str, bom: Bom, created: datetime) -> str:
    import json

    from hauberk.attest.bom.cyclonedx import cyclonedx
    from hauberk.attest.bom.spdx import spdx
    from hauberk.attest.bom.table import table

    if form == "table":
        return table(bom)
    if form == "spdx":
        return json.dumps(spdx(bom, created), indent=2, ensure_ascii=False) + "\n"
    version = form.partition("-")[2] or "1.6"
    return json.dumps(cyclonedx(bom, created, version), indent=2, ensure_ascii=False) + "\n"


def _write(text: str, target: str) -> None:
    if not target:
        click.echo(text, nl=False)
        return
    try:
        Path(target).write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror}") from error
