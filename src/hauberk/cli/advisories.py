"""`hauberk advisories`: vulnerabilities on a machine without a network, and what they mean for a project."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hauberk.core.errors import MissingPath, UsageError
from hauberk.core.verdict import EXIT_CODES, Word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hauberk.core.asset import Asset
    from hauberk.core.gap import Gap
    from hauberk.core.package import Package
    from hauberk.core.report import Report
    from hauberk.scan.assess import Assessed
    from hauberk.store.advisories import Advisories, Source

STORE = click.option(
    "--store", default="advisories.db", show_default=True, help="A file, or postgresql://..."
)


@click.group("advisories")
def command() -> None:
    """Keep advisories about vulnerabilities on this machine, and match packages with them."""


@command.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@STORE
@click.option("--key", type=click.Path(), help="Take in only what this public key (PEM) has signed.")
@click.option("--name", default="", help="What the source is called. Default: the name of the file.")
def import_(paths: tuple[Path, ...], store: str, key: str | None, name: str) -> int:
    """Take in PATHS: zips, folders or files of OSV records, CISA's KEV, EPSS, and exports of this command.

    A zip of OSV holds one ecosystem: https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip.
    Records that cannot be read are told, and end with exit code 3; all others are taken in.
    """
    from hauberk.attest.keys import read_public_key
    from hauberk.cli.advisory_import import take_in
    from hauberk.cli.custody import read_file
    from hauberk.store import open_store
    from hauberk.store.advisories import Advisories

    public = read_public_key(read_file(key)) if key else None
    refusals = 0
    with open_store(store) as opened:
        advisories = Advisories(opened)
        for path in paths:
            taken = take_in(path, advisories, public, name)
            refusals += taken.refusals
            told = f"{taken.changed} of {taken.seen} records are new or newer"
            exploits = f", {taken.exploits} facts about exploits" if taken.exploits else ""
            click.echo(f"{path}: {told}{exploits}")
            for each in taken.refused:
                click.echo(f"{path}: not taken in: {each}", err=True)
    if refusals:
        click.echo(f"{refusals} files could not be read", err=True)
        return EXIT_CODES[Word.UNKNOWN]
    return 0


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@STORE
@click.option("-k", "--key", type=click.Path(), help="Sign it with this private key (PEM).")
def export(file: Path, store: str, key: str | None) -> int:
    """Write everything to FILE, a zip, for machines without a network; and FILE.dsse.json, its signature."""
    from hauberk.cli.advisory_import import PREDICATE_TYPE, digest_of, signature_path, write_export
    from hauberk.cli.custody import private_key
    from hauberk.core.statement import Statement, Subject

    private = private_key(key) if key else None
    with _opened(store) as advisories:
        count = write_export(file, advisories)
        sources = advisories.sources()
    digest = digest_of(file)
    click.echo(f"{file}: {count} records, {digest}")
    if private is not None:
        from hauberk.attest.dsse import envelope_json, sign

        said: dict[str, object] = {
            "records": count,
            "sources": [{"name": each.name, "newest": each.newest} for each in sources],
        }
        statement = Statement((Subject(file.name, digest),), PREDICATE_TYPE, said)  # type: ignore[arg-type]  # plain JSON
        beside = signature_path(file)
        try:
            beside.write_bytes(envelope_json(sign(statement, [private])))
        except OSError as error:
            raise UsageError(f"{beside}: cannot be written: {error.strerror}") from error
        click.echo(f"{beside}: signed by {private.public.id}")
    return 0


@command.command("show")
@STORE
def show(store: str) -> int:
    """Tell what was imported, and how old it is."""
    with _opened(store) as advisories:
        sources, count = advisories.sources(), advisories.count()
    today = datetime.datetime.now(datetime.UTC).date()
    for each in sources:
        click.echo(_about(each, today))
    click.echo(f"{count} records in all")
    return 0 if count else EXIT_CODES[Word.UNKNOWN]


def _about(source: Source, today: datetime.date) -> str:
    day = source.newest[:10]
    age = f"{(today - datetime.date.fromisoformat(day)).days} days old" if day else "of unknown age"
    return f"{source.name}: {source.records} records, {age}, imported {source.imported}, {source.digest}"


@command.command("check")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@STORE
@click.option("--vex", multiple=True, type=click.Path(path_type=Path), help="OpenVEX or CycloneDX.")
@click.option("--max-age", type=click.IntRange(0), default=7, show_default=True, help="Days.")
@click.option("-o", "--output", "outputs", multiple=True, metavar="FORMAT[=FILE]", help="As for `scan`.")
@click.option("-c", "--config", type=click.Path(), help="The settings file.")
def check(targets: tuple[str, ...], store: str, vex: tuple[Path, ...], max_age: int,
          outputs: tuple[str, ...], config: str | None) -> int:  # fmt: skip
    """Match the packages of TARGETs (lock files, requirements, environments) with the advisories.

    Exits with 0 if every package is known and none is affected, 1 if one is, 3 if something is unknown:
    a version is not pinned, nothing was imported about its kind, or the advisories are too old.
    """
    from hauberk.cli.scan import Output, _about, _exit_code, _write, chosen_settings
    from hauberk.gate.accept import set_aside
    from hauberk.scan.assess import assess
    from hauberk.scan.knowledge import excuses_in

    wanted = [Output.parse(each) for each in outputs or ("table",)]
    settings = chosen_settings(config)
    excuses = excuses_in(vex)
    with _opened(store) as advisories:
        assets, packages, unread = _packages(targets or (".",), settings.exclude)
        found = assess(packages, advisories, excuses)
    today = datetime.datetime.now(datetime.UTC).date()
    report = set_aside(_report(assets, found, unread, today, max_age), settings, today)
    about = _about(report, settings, targets or (".",), 0.0)
    for each in wanted:
        _write(each, report, about)
    click.echo(_summary(found, today), err=True)
    return _exit_code(report, about.verdict)


def _packages(
    targets: tuple[str, ...], exclude: tuple[str, ...]
) -> tuple[list[Asset], list[Package], list[Gap]]:
    """The files that name packages, the packages, and what could not be read of them."""
    from hauberk.core.errors import UnreadableAsset
    from hauberk.core.gap import Gap, gap_of
    from hauberk.core.package import PackageList
    from hauberk.formats import component_list, dependencies
    from hauberk.formats.format import Claim
    from hauberk.scan.discover import discover

    assets: list[Asset] = []
    packages: list[Package] = []
    gaps: list[Gap] = []
    for asset in discover(targets, exclude).assets:
        for form in (dependencies.FORMAT, component_list.FORMAT):
            try:
                if form.claim(asset) is Claim.NONE:
                    continue
                assets.append(asset)
                for each in form.read(asset):
                    if isinstance(each, PackageList):
                        packages.extend(each.present)
                    elif isinstance(each, Gap):
                        gaps.append(each)
            except UnreadableAsset as error:
                gaps.append(gap_of(asset.locator, error))
    if not packages and not gaps:
        raise UsageError(f"{', '.join(targets)}: names no package: no lock file, requirements or environment")
    return assets, packages, gaps


def _report(
    assets: Iterable[Asset], found: Assessed, unread: Iterable[Gap], today: datetime.date, max_age: int
) -> Report:
    from hauberk.core.report import Examined, Report
    from hauberk.scan.assess import findings_of, gaps_of
    from hauberk.scan.cache import rule_set

    findings = sorted(findings_of(found), key=lambda each: (str(each.place), each.rule, each.message))
    return Report(
        assets=tuple(Examined(each.locator, each.content.size, ("dependency-list",)) for each in assets),
        findings=tuple(dict.fromkeys(findings)),
        gaps=tuple(dict.fromkeys([*unread, *gaps_of(found, today, max_age)])),
        rule_set=rule_set(),
    )


def _summary(found: Assessed, today: datetime.date) -> str:
    from hauberk.scan.assess import standing_counts

    counts = ", ".join(f"{count} {standing}" for standing, count in standing_counts(found).items())
    age = found.age(today)
    old = "of unknown age" if age is None else f"{age} days old"
    excused = sum(bool(one.excuse) for each in found.packages for one in each.vulnerabilities)
    by_vex = f", {excused} vulnerabilities excused by VEX" if excused else ""
    return f"{len(found.packages)} packages: {counts}{by_vex}; the advisories are {old}"


def _opened(store: str) -> _Opened:
    from hauberk.store.open import is_there

    if not is_there(store):
        raise MissingPath(f"{store}: no advisories were imported: hauberk advisories import --store {store}")
    return _Opened(store)


class _Opened:
    """A store that is open while its advisories are used."""

    def __init__(self, store: str) -> None:
        from hauberk.store import open_store

        self._store = open_store(store)

    def __enter__(self) -> Advisories:
        from hauberk.store.advisories import Advisories

        return Advisories(self._store)

    def __exit__(self, *_: object) -> None:
        self._store.close()
