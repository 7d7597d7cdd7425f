"""One scan: targets in, one Report out."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from hauberk.core.asset import Asset
from hauberk.core.finding import Finding
from hauberk.core.gap import Gap
from hauberk.core.report import Accepted, Report
from hauberk.gate.accept import set_aside
from hauberk.gate.settings import Settings
from hauberk.scan.cache import Cache, rule_set
from hauberk.scan.discover import discover
from hauberk.scan.engine import Work, examine_each
from hauberk.scan.ignore import ignored_inline
from hauberk.scan.knowledge import Knowledge, matched
from hauberk.scan.neighbours import told_by_neighbours

Started = Callable[[Sequence[Asset]], None]
Done = Callable[[Asset], None]


def scan(
    *targets: str | os.PathLike[str],
    settings: Settings | None = None,
    jobs: int = 0,
    standard_input: bytes = b"",
    started: Started | None = None,
    done: Done | None = None,
    knowledge: Knowledge | None = None,
) -> Report:
    """Everything learned about the targets (paths, globs), without what is accepted today.

    `jobs` is the number of processes, 0 for one a core; with `knowledge`, packages are matched with the
    advisories that it names. Raises UsageError for a target that is
    not there; whatever is wrong with an asset itself becomes a Gap in the report.
    """
    settings = settings or Settings()
    found = discover([os.fspath(each) for each in targets], settings.exclude, standard_input)
    if started:
        started(found.assets)
    work = Work(settings.seconds, _hashing(settings), _cache(settings), jobs)
    outcomes = examine_each(found.assets, work, done)
    told_by_neighbours(outcomes)
    findings: list[Finding] = []
    accepted: list[Accepted] = []
    for asset, out in zip(found.assets, outcomes, strict=True):
        for each in _distinct(out.findings):
            by = ignored_inline(each, asset) if settings.comments else None
            (accepted.append(by) if by else findings.append(each))
    gaps = {*found.gaps, *(gap for out in outcomes for gap in out.gaps)}
    if knowledge is not None:
        known = matched([each for out in outcomes for each in out.packages], knowledge)
        findings += known.findings
        gaps |= {*known.gaps}
    report = Report(
        assets=tuple(each for out in outcomes for each in out.assets),
        findings=tuple(sorted(findings, key=_finding_order)),
        gaps=tuple(sorted(gaps, key=_gap_order)),
        accepted=tuple(accepted),
        rule_set=rule_set(),
        passed_over=found.passed_over,
    )
    return set_aside(report, settings, datetime.date.today())


def _distinct(findings: Sequence[Finding]) -> list[Finding]:
    """Without repetitions: one rule says one thing about one place once."""
    return list(dict.fromkeys(findings))


def _hashing(settings: Settings) -> str:
    # An acceptance by digest can hold only if the digest is known, however large the file.
    return "always" if any(each.digest for each in settings.accept) else settings.hashing


def _cache(settings: Settings) -> Cache | None:
    return Cache(cache_path()) if settings.cache else None


def cache_path() -> Path:
    """Where examinations are remembered: under $XDG_CACHE_HOME, else ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "hauberk" / "seen.sqlite"


def _finding_order(each: Finding) -> tuple[str, str, int, int, str]:
    place = each.place
    return (place.locator, each.rule, place.line or 0, place.offset or 0, each.message)


def _gap_order(each: Gap) -> tuple[str, str, int, str]:
    return (each.place.locator, each.reason, each.place.offset or 0, each.message)
