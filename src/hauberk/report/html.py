"""HTML: one file that a manager can read and an engineer can use; it asks the network for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from hauberk.core.catalogue import known
from hauberk.core.report import Examined, Report
from hauberk.report.about import About
from hauberk.report.page import surroundings, with_hashes
from hauberk.report.plain import plain_locator
from hauberk.report.sheet import SENTENCES, SEVERITIES, Row, Sheet, sheet

if TYPE_CHECKING:
    from jinja2 import Template

# Table rows of assets: a browser stays quick; the rest are counted and stand in the JSON report.
MAX_ASSETS = 5_000
# What the assets table says of an asset, worst first: unknown is worse than what does not stop.
_WORST = ("critical", "high", "medium", "gap", "low", "info", "accepted", "clear")
BAR = 100  # units of the widest severity bar


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the chart: a severity (or gaps), its count, and its length in 0..BAR."""

    word: str
    count: int
    length: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the assets table; `status` is the worst that was found, `gap`, or `clear`."""

    file: str
    member: str
    formats: str
    size: str
    octets: str
    digest: str
    status: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """A framework entry that a rule maps to."""

    id: str
    title: str


def render(report: Report, about: About) -> str:
    """The page. Its policy allows its own script and style by hash, and nothing else."""
    told = sheet(report, about)
    page = _template().render(
        about=about,
        told=told,
        sentence=SENTENCES[about.verdict.word],
        targets=[plain_locator(each) for each in about.targets],
        findings=sorted(told.findings, key=lambda row: -(row.severity or 0)),
        bars=_bars(told),
        lines=_lines(told),
        unlisted=max(0, len(told.assets) - MAX_ASSETS),
        rules=sorted({row.rule for row in told.findings}),
        mapped=_mapped(told),
        stopping=sum(row.stops for row in told.findings),
        rule_set=report.rule_set,
    )
    return with_hashes(page)


@cache
def _template() -> Template:
    return surroundings().get_template("report.html")


def _bars(told: Sheet) -> list[Bar]:
    counts = {**{str(each): told.count(each) for each in SEVERITIES}, "gap": len(told.gaps)}
    widest = max(counts.values()) or 1
    # At least 1.5 % where there is anything, so that one critical beside 900 notes is still seen.
    return [
        Bar(word, count, round(max(BAR * count / widest, 1.5), 2) if count else 0)
        for word, count in counts.items()
    ]


def _lines(told: Sheet) -> list[Line]:
    status = _statuses(told)
    return [_line(each, status) for each in told.assets[:MAX_ASSETS]]


def _statuses(told: Sheet) -> Mapping[str, str]:
    """The worst that was said of each locator or of anything inside it."""
    status: dict[str, str] = {}
    rows = [(row.raw, "accepted" if row.accepted else row.word) for row in told.rows]
    rows += [(each.locator, "gap") for each in told.assets if not each.formats]
    for locator, word in rows:
        while True:
            if _WORST.index(word) < _WORST.index(status.get(locator, "clear")):
                status[locator] = word
            if "!" not in locator:
                break
            locator = locator.rpartition("!")[0]
    return status


def _line(asset: Examined, status: Mapping[str, str]) -> Line:
    file, _, member = plain_locator(asset.locator).partition("!")
    return Line(
        file=file,
        member=member,
        formats=", ".join(asset.formats),
        size=readable(asset.size),
        octets=f"{asset.size:,} bytes",
        digest=asset.digest.hex if asset.digest else "",
        status=status.get(asset.locator, "clear"),
    )


def readable(octets: int) -> str:
    """A size for people: `14 B`, `3.2 MB`; a kB has 1,000 bytes."""
    size = float(octets)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _mapped(told: Sheet) -> dict[str, list[Mapped]]:
    def titled(id: str) -> Mapped:
        entry = known(id)
        return Mapped(id, entry.title if entry else "")

    rows: list[Row] = [*told.findings, *told.gaps]
    return {row.rule: [titled(id) for id in row.maps] for row in rows if row.rule}
