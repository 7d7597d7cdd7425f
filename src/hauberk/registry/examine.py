"""Examine a version: scan its files, apart from the process that serves, and say what was found.

What runs here reads what strangers sent; nothing that it does, or that is done to it, reaches the server's
memory. It is handed a folder of links to blobs, and hands back a statement's predicate and a report.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hauberk.core.errors import HauberkError, Inaccessible
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.report import Report
from hauberk.core.statement import Json
from hauberk.core.verdict import Word
from hauberk.registry.tree import Tree
from hauberk.store import Blobs

if TYPE_CHECKING:
    from hauberk.gate.settings import Settings

MAX_REASONS = 5  # findings and gaps that clients are told of
HIDDEN = "a folder that loaders and editors use, and that has no place in a model: take it away"


@dataclass(frozen=True, slots=True)
class Examined:
    """What a scan found: the verdict, in words, the predicate of its statement, the report as JSON, and a
    bill of materials (CycloneDX) where one could be made.
    """

    word: Word
    words: str
    predicate: dict[str, Json]
    report: bytes
    bom: dict[str, Json] | None = None


def lay_out(tree: Tree, blobs: Blobs, folder: Path) -> None:
    """Give the files of a version their names in the folder, without a copy. Raises Inaccessible."""
    for entry in tree.entries:
        place = folder / entry.path
        place.parent.mkdir(parents=True, exist_ok=True)
        source = blobs.local(entry.digest)
        try:
            os.link(source, place)
        except OSError as error:
            raise Inaccessible(f"{entry.path}: cannot be laid out to be scanned: {error.strerror}") from error


def examine(folder: str, name: str, tree: Tree, jobs: int) -> Examined:
    """What the scan finds in the folder. Comments in the files accept nothing: strangers wrote them."""
    from hauberk.scan.run import scan

    os.chdir(folder)
    report = scan(".", settings=_settings(), jobs=jobs)
    # A scan of one's own project passes over version history and caches; here nothing may hide in them.
    gaps = [Gap(Place(each), "passed over", HIDDEN) for each in report.passed_over]
    return replace(told(replace(report, gaps=(*report.gaps, *gaps)), name), bom=_bom(name, tree))


def _bom(name: str, tree: Tree) -> dict[str, Json] | None:
    """The bill of materials; its digests are those that were stored, and no file is hashed again."""
    from hauberk.attest.bom.bom import File
    from hauberk.attest.bom.cyclonedx import cyclonedx
    from hauberk.attest.bom.gather import Folder, bom_of
    from hauberk.sources.file_content import FileContent

    files = tuple(File(each.path, each.size, each.digest) for each in tree.entries)
    try:
        contents = {each.path: FileContent.of(each.path, Path(each.path).stat()) for each in tree.entries}
        found = bom_of(Folder(name.rpartition("/")[2], name, contents, files, tree.digest))
        return cyclonedx(found, datetime.now(UTC))
    except (HauberkError, OSError):
        return None  # the scan says what is wrong with the files


def told(report: Report, name: str) -> Examined:
    """The report with its verdict, as a statement and as JSON."""
    from hauberk.attest.predicates import Scanned, scan_predicate, time_text
    from hauberk.core.version import VERSION
    from hauberk.gate.decide import decide
    from hauberk.gate.settings import settings_digest
    from hauberk.report.about import About
    from hauberk.report.json import render
    from hauberk.rules import rules_named

    settings = _settings()
    rules = rules_named(each.rule for each in report.findings)
    verdict = decide(report, settings, rules)
    now = datetime.now(UTC)
    said = scan_predicate(Scanned(report, verdict, settings_digest(settings), now, rules))
    about = About(VERSION, (name,), verdict, settings.stop, at=time_text(now), rules=rules)
    return Examined(
        verdict.word, _words(report, about.stops, about.severity), dict(said), render(report, about).encode()
    )


def _settings() -> Settings:
    from hauberk.gate.settings import Settings

    return Settings(comments=False, cache=False)


def _words(report: Report, stops: Callable[[Finding], bool], severity: Callable[[Finding], Severity]) -> str:
    """The worst of what stops the version, and what nobody could judge, as clients read it."""
    found = sorted(filter(stops, report.findings), key=severity, reverse=True)
    lines = [f"{each.place.locator} {each.message}" for each in found]
    lines += [f"{each.place.locator}, which nobody could judge: {each.message}" for each in report.gaps]
    left = len(lines) - MAX_REASONS
    return "; ".join(lines[:MAX_REASONS]) + (f"; and {left} more" if left > 0 else "")
