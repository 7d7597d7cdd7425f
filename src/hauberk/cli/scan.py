"""`hauberk scan`: the main job."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hauberk.core.errors import BadSettings, UsageError
from hauberk.core.finding import Severity

if TYPE_CHECKING:
    from hauberk.core.asset import Asset
    from hauberk.core.finding import Finding
    from hauberk.core.gap import Gap
    from hauberk.core.report import Report
    from hauberk.core.verdict import Verdict
    from hauberk.gate.settings import Settings
    from hauberk.report.about import About
    from hauberk.scan.knowledge import Knowledge

SETTINGS_FILES = ("hauberk.toml", "pyproject.toml")
# What `-` may hold: it has to be kept in memory, because a pipe cannot be read twice.
MAX_STANDARD_INPUT = 1 << 30


@dataclass(frozen=True, slots=True)
class Output:
    """One `-o`: a format, and the file it goes to (standard output if empty)."""

    form: str
    path: str

    @classmethod
    def parse(cls, text: str) -> Output:
        """From `table` or `sarif=a.sarif`."""
        from hauberk.report import FORMATS

        form, _, path = text.partition("=")
        if form not in FORMATS:
            raise UsageError(f"-o {text}: {form!r} is not a format; known are {', '.join(FORMATS)}")
        return cls(form, path)


@click.command("scan")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help="table, concise, json, jsonl, sarif, cyclonedx, markdown, html, junit, github or "
    "gitlab; many at once.",
)
@click.option(
    "-c", "--config", type=click.Path(), help="The settings file, instead of the one in this folder."
)
@click.option(
    "--stop", type=click.Choice([str(each) for each in Severity]), help="Lowest severity that stops."
)
@click.option("--baseline", type=click.Path(), help="An earlier JSON report: what it said is set aside.")
@click.option("--advisories", metavar="STORE", help="Match packages with what `advisories import` took in.")
@click.option("--vex", multiple=True, type=click.Path(), help="Why vulnerabilities do not matter here.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out what matches.")
@click.option("-j", "--jobs", type=click.IntRange(0), default=0, help="Processes; 0 is one a core.")
@click.option(
    "--hash",
    "hashing",
    type=click.Choice(["auto", "always", "never"]),
    help="Digests in the report: auto leaves out files above 64 MiB.",
)
@click.option("--no-cache", is_flag=True, help="Neither use nor keep what was learned before.")
@click.option("--progress/--no-progress", default=None, help="Default: on a terminal.")
def command(targets: tuple[str, ...], outputs: tuple[str, ...], config: str | None, stop: str | None,
            baseline: str | None, advisories: str | None, vex: tuple[str, ...], exclude: tuple[str, ...],
            jobs: int, hashing: str | None, no_cache: bool, progress: bool | None) -> int:  # fmt: skip
    """Examine TARGETs (files, folders, globs; - is standard input; default: this folder).

    Exits with 0 if everything was examined and nothing stops, 1 if a finding stops, 2 for a usage
    error, 3 if something could not be examined, 4 for a bug.
    """
    wanted = [Output.parse(each) for each in outputs or ("table",)]
    settings = chosen_settings(config)
    settings = replace(settings, exclude=settings.exclude + exclude, cache=settings.cache and not no_cache)
    if stop:
        settings = replace(settings, stop=Severity[stop.upper()])
    if hashing:
        settings = replace(settings, hashing=hashing)
    started = time.monotonic()
    is_shown = sys.stderr.isatty() if progress is None else progress
    report = _scanned(targets or (".",), settings, jobs, is_shown, _knowledge(advisories, vex))
    if baseline:
        report = _without_baseline(report, baseline)
    about = _about(report, settings, targets or (".",), time.monotonic() - started)
    for each in wanted:
        _write(each, report, about)
    return _exit_code(report, about.verdict)


def chosen_settings(config: str | None) -> Settings:
    """The settings of the named file, or of this folder's hauberk.toml or pyproject.toml."""
    from hauberk.gate.settings import Settings, read_settings

    if config is not None and not Path(config).is_file():
        raise BadSettings(f"{config}: no such settings file")
    for name in (config,) if config is not None else SETTINGS_FILES:
        try:
            return read_settings(Path(name).read_text("utf-8"), name)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise BadSettings(f"{name}: cannot be read: {error}") from error
    return Settings()


def _knowledge(advisories: str | None, vex: tuple[str, ...]) -> Knowledge | None:
    if advisories is None:
        if vex:
            raise UsageError("--vex excuses what --advisories finds: name the store too")
        return None
    from hauberk.scan.knowledge import Knowledge

    return Knowledge(advisories, vex)


def _scanned(
    targets: Sequence[str], settings: Settings, jobs: int, is_shown: bool, knowledge: Knowledge | None
) -> Report:
    from hauberk.scan.run import scan

    given = sys.stdin.buffer.read(MAX_STANDARD_INPUT + 1) if "-" in targets else b""
    if len(given) > MAX_STANDARD_INPUT:
        raise UsageError(f"-: more than {MAX_STANDARD_INPUT} bytes; write them to a file and scan that")
    with Progress(is_shown) as bar:
        return scan(*targets, settings=settings, jobs=jobs, standard_input=given,
                    started=bar.started, done=bar.done, knowledge=knowledge)  # fmt: skip


class Progress:
    """A bar on standard error with rate and time left; nothing where nobody looks."""

    def __init__(self, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._end: Callable[[], None] = lambda: None
        self._step: Callable[[], None] = lambda: None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def started(self, assets: Sequence[Asset]) -> None:
        """Show an empty bar for so many assets."""
        if not self._is_shown or len(assets) < 2:
            return
        bar = click.progressbar(length=len(assets), label="examining", file=sys.stderr, show_pos=True,
                                item_show_func=lambda rate: rate)  # fmt: skip
        began, count = time.monotonic(), 0

        def step() -> None:
            nonlocal count
            count += 1
            bar.update(1, f"{count / max(time.monotonic() - began, 1e-3):.0f}/s")

        bar.__enter__()
        self._step, self._end = step, lambda: bar.__exit__(None, None, None)

    def done(self, _asset: Asset) -> None:
        """One more is done."""
        self._step()


def _without_baseline(report: Report, path: str) -> Report:
    from hauberk.cli.kept import read_kept
    from hauberk.gate.accept import against_baseline

    return against_baseline(report, read_kept(path).fingerprints)


def _about(report: Report, settings: Settings, targets: Sequence[str], seconds: float) -> About:
    from hauberk.core.version import VERSION
    from hauberk.gate.decide import decide, stop_at
    from hauberk.report.about import About, Screen
    from hauberk.rules import rules_named

    rules = rules_named(each.rule for each in (*report.findings, *report.gaps, *_set_aside(report)))
    screen = Screen()
    if sys.stdout.isatty():
        from shutil import get_terminal_size

        screen = Screen(get_terminal_size()[0], True)
    verdict = decide(report, settings, rules)
    return About(
        VERSION, tuple(targets), verdict, settings.stop, seconds, _now(), rules, screen,
        lambda locator: stop_at(locator, settings),
    )  # fmt: skip


def _set_aside(report: Report) -> list[Finding | Gap]:
    return [each.item for each in report.accepted]


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _write(output: Output, report: Report, about: About) -> None:
    from hauberk.report import renderer

    text = renderer(output.form)(report, about)
    octets = text.encode("utf-8", "backslashreplace")
    if not output.path:
        sys.stdout.flush()
        sys.stdout.buffer.write(octets if octets.endswith(b"\n") else octets + b"\n")
        sys.stdout.flush()
        return
    try:
        Path(output.path).write_bytes(octets)
    except OSError as error:
        raise UsageError(f"{output.path}: cannot be written: {error.strerror}") from error


def _exit_code(report: Report, verdict: Verdict) -> int:
    from hauberk.core.verdict import EXIT_BUG, Word

    is_bug = any(gap.reason == "bug" for gap in report.gaps)
    return EXIT_BUG if is_bug and verdict.word is not Word.STOP else verdict.exit_code
