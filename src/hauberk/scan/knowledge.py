"""What a scan is told about vulnerabilities: a store of advisories, and reasons why some do not matter."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hauberk.core.errors import MissingPath
from hauberk.core.finding import Finding
from hauberk.core.gap import Gap
from hauberk.core.package import Package

if TYPE_CHECKING:
    from hauberk.formats.vex import Excuse

# Bytes of one document of reasons.
MAX_VEX = 64 << 20


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The store (a path or URL), and paths of VEX documents."""

    store: str
    vex: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matched:
    """What the advisories say of packages, and what they cannot say."""

    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]


def matched(packages: Iterable[Package], knowledge: Knowledge) -> Matched:
    """Findings and gaps about packages. Raises MissingPath, MissingExtra and what reading VEX raises."""
    from hauberk.scan.assess import assess, findings_of, gaps_of
    from hauberk.store import open_store
    from hauberk.store.advisories import Advisories
    from hauberk.store.open import is_there

    if not is_there(knowledge.store):
        raise MissingPath(f"{knowledge.store}: no advisories were imported into it")
    excuses = excuses_in(knowledge.vex)
    with open_store(knowledge.store) as store:
        found = assess(packages, Advisories(store), excuses)
    today = datetime.datetime.now(datetime.UTC).date()
    return Matched(tuple(dict.fromkeys(findings_of(found))), tuple(gaps_of(found, today)))


def excuses_in(paths: Sequence[str | os.PathLike[str]]) -> list[Excuse]:
    """What VEX documents say. Raises MissingPath, Malformed and OverBudget."""
    from hauberk.formats.vex import read_vex

    found: list[Excuse] = []
    for path in paths:
        try:
            with Path(path).open("rb") as file:
                found += read_vex(file.read(MAX_VEX + 1))
        except OSError as error:
            raise MissingPath(f"{path}: cannot be read: {error.strerror or error}") from error
    return found
