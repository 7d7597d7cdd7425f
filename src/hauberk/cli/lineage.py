"""`hauberk lineage`: which known model do these weights derive from?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hauberk.core.errors import UnreadableAsset, UsageError

if TYPE_CHECKING:
    from hauberk.analysis.lineage.fingerprint import Fingerprint
    from hauberk.analysis.lineage.match import Match
    from hauberk.analysis.lineage.tensors import Tensor

WEIGHTS = (".safetensors", ".gguf", ".pt", ".pth", ".bin", ".ckpt")


@click.group("lineage")
def command() -> None:
    """Tell which known model weights derive from, by their numbers alone."""


@command.command("fingerprint")
@click.argument("model", type=click.Path())
@click.option("--name", help="What to call the model; default: its file or folder name.")
@click.option("-o", "--output", required=True, type=click.Path(), help="The file to write.")
def take(model: str, name: str | None, output: str) -> int:
    """Write the fingerprint of MODEL, a weights file or a folder with some, to compare others with."""
    from hauberk.analysis.lineage.fingerprint import fingerprint_json

    found = _fingerprint(model, name)
    try:
        Path(output).write_text(fingerprint_json(found), "utf-8")
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}") from error
    click.echo(f"{output}: {found.name}, {len(found.features)} features of {found.layers} layers")
    return 0


@command.command("match")
@click.argument("model", type=click.Path())
@click.option("--known", required=True, type=click.Path(), help="A folder of fingerprints.")
@click.option("--declared", multiple=True, help="What MODEL says that it derives from.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print a lineage claim, as `attest --predicate` takes it."
)
def tell(model: str, known: str, declared: tuple[str, ...], as_json: bool) -> int:
    """Name the models in --known from which MODEL derives, nearest first.

    Exits with 0, or with 1 if that contradicts --declared.
    """
    import json

    from hauberk.analysis.lineage.match import is_contradicted, lineage_predicate, match

    found = match(_fingerprint(model, None), _known(known))
    if as_json:
        click.echo(json.dumps(lineage_predicate(found, declared), indent=1))
    else:
        click.echo(_words(found))
    if is_contradicted(found, declared):
        click.echo(f"contradicts what is declared: {', '.join(declared)}", err=True)
        return 1
    return 0


def _words(found: Match) -> str:
    from hauberk.report.plain import plain

    if not found.parents:
        return f"{plain(found.name)} derives from none of the {found.compared} known models"
    lines = []
    for each in found.parents:
        families = ", ".join(f"{family} {value:.2f}" for family, value in each.families.items())
        lines.append(
            f"{plain(found.name)} derives from {plain(each.name)}, {each.similarity:.2f} ({families})"
        )
    lines.append(f"it seems to be: {', '.join(found.how)}")
    return "\n".join(lines)


def _fingerprint(model: str, name: str | None) -> Fingerprint:
    from hauberk.analysis.lineage.fingerprint import fingerprint

    return fingerprint(name or Path(model).resolve().name, _tensors(model))


def _tensors(model: str) -> Iterator[Tensor]:
    from hauberk.analysis.lineage.tensors import tensors_of
    from hauberk.sources.file_content import FileContent
    from hauberk.sources.manifest import listed_files

    found = listed_files(Path(model))
    chosen = found if len(found) == 1 else [each for each in found if each.path.endswith(WEIGHTS)]
    if not chosen:
        raise UsageError(f"{model}: no weights ({', '.join(WEIGHTS)})")
    # Where the same weights are there twice, the safer form counts.
    first = min(WEIGHTS.index(Path(each.path).suffix) for each in chosen) if len(found) > 1 else 0
    for each in chosen:
        if len(found) == 1 or each.path.endswith(WEIGHTS[first]):
            yield from tensors_of(FileContent.of(each.real, Path(each.real).stat()))


def _known(folder: str) -> list[Fingerprint]:
    from hauberk.analysis.lineage.fingerprint import read_fingerprint
    from hauberk.sources.evidence import evidence_files

    read = []
    for each in evidence_files(Path(folder)):
        try:
            read.append(read_fingerprint(each.octets))
        except UnreadableAsset as error:
            raise UsageError(f"{each.locator}: {error}") from error
    if not read:
        raise UsageError(f"{folder}: no fingerprints")
    return read
