"""The table: what is dangerous, what is unknown, and what to do next, for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby

from hauberk.core.finding import Severity
from hauberk.core.report import Report
from hauberk.core.verdict import Word
from hauberk.report.about import About, Screen
from hauberk.report.sheet import Row, Sheet, number, sheet

MIN_WIDTH = 40  # columns: below this, folding hurts more than a wrapped line
MAX_WIDTH = 120  # columns: longer lines are hard to read
SHOWN = 8  # findings of one rule in one file; the rest are counted, and stand in every other format
SHOWN_PLACES = 20  # places of one gap
INDENT = "            "

# Select Graphic Rendition parameters. Source: ECMA-48, section 8.3.117.
STYLES = {
    "critical": "1;97;41",
    "high": "1;31",
    "medium": "1;33",
    "low": "36",
    "info": "2",
    "gap": "1;35",
    "file": "1",
    "dim": "2",
    "pass": "1;32",
    "stop": "1;97;41",
    "unknown": "1;35",
}


def render(report: Report, about: About) -> str:
    """Findings by file, the most dangerous file first; then gaps; then the summary and what to do next."""
    told = sheet(report, about)
    paper = _Paper(about.screen)
    blocks = [
        *_findings(told, paper),
        *_gaps(told, paper),
        *_accepted(told, paper),
        *_passed_over(told, paper),
        _ending(told, about, paper),
    ]
    return "\n\n".join(blocks) + "\n"


class _Paper:
    """Where the text goes: knows width and colour."""

    def __init__(self, screen: Screen) -> None:
        self.width = max(MIN_WIDTH, min(screen.width, MAX_WIDTH))
        self._is_coloured = screen.is_coloured

    def style(self, name: str, text: str) -> str:
        return f"\x1b[{STYLES[name]}m{text}\x1b[0m" if self._is_coloured else text

    def fold(self, text: str, first: str, rest: str = INDENT) -> list[str]:
        """The text in lines; `first` and `rest` are what stands before them, in plain text."""
        lines = textwrap.wrap(
            text, self.width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        )
        # A word that is cut just before `::` would start its line with a command of GitHub's runner.
        return [
            f"{line[: -len(line.lstrip())]}\\x3a{line.lstrip()[1:]}" if line.lstrip()[:2] == "::" else line
            for line in lines
        ]


def _findings(told: Sheet, paper: _Paper) -> Iterator[str]:
    explained: set[str] = set()
    by_file: dict[str, list[Row]] = {}
    for row in told.findings:
        by_file.setdefault(row.file, []).append(row)
    for file, rows in sorted(by_file.items(), key=lambda item: (-max(map(_rank, item[1])), item[0])):
        lines = [paper.style("file", file)]
        rows.sort(key=lambda row: (-_rank(row), row.rule))
        for rule, same in groupby(rows, key=lambda row: row.rule):
            lines.extend(_same_rule(list(same), rule in explained, paper))
            explained.add(rule)
        yield "\n".join(lines)


def _same_rule(rows: list[Row], is_explained: bool, paper: _Paper) -> Iterator[str]:
    for row in rows[:SHOWN]:
        yield from _headed(row.word, f"{row.rule}  {_within(row)}{row.message}", paper)
    if len(rows) > SHOWN:
        yield paper.style(
            "dim", f"{INDENT}and {len(rows) - SHOWN} more of {rows[0].rule}; every one: --output json"
        )
    if is_explained:
        yield paper.style("dim", f"{INDENT}as above: hauberk explain {rows[0].rule}")
        return
    for word, text in (("why", rows[0].why), ("do", rows[0].remedy)):
        yield from _aside(word, text, paper)


def _within(row: Row) -> str:
    """Where in the file: member and offset, or line."""
    inside = row.locator[len(row.file) :].lstrip("!")
    spot = f"line {row.line}" if row.line is not None else "" if row.offset is None else f"@{row.offset}"
    where = " ".join(part for part in (inside, spot) if part)
    return f"{where}: " if where else ""


def _headed(word: str, text: str, paper: _Paper) -> list[str]:
    head = f"  {word.upper():8}  "
    lines = paper.fold(text, head)
    lines[0] = f"  {paper.style(word, word.upper())}{head[2 + len(word) :]}{lines[0][len(head) :]}"
    return lines


def _aside(word: str, text: str, paper: _Paper) -> Iterable[str]:
    if not text:
        return []
    lines = paper.fold(text, f"{INDENT}{word:3} ", INDENT + "    ")
    return [paper.style("dim", line) if word == "why" else line for line in lines]


def _gaps(told: Sheet, paper: _Paper) -> Iterator[str]:
    if not told.gaps:
        return
    lines = [paper.style("gap", "NOT EXAMINED") + " (unknown is not safe)"]
    for (_, remedy), alike in groupby(sorted(told.gaps, key=_advice), key=_advice):
        rows = sorted(alike, key=lambda row: (row.rule, row.message, row.place))
        for _, same in groupby(rows, key=lambda row: (row.rule, row.message)):
            lines.extend(_same_gap(list(same), paper))
        lines.extend(_aside("do", remedy, paper))
    yield "\n".join(lines)


def _advice(row: Row) -> tuple[str, str]:
    return row.reason, row.remedy


def _same_gap(rows: list[Row], paper: _Paper) -> Iterator[str]:
    first = rows[0]
    what = f"{first.rule} {first.reason}: {first.message}".lstrip()
    if len(rows) == 1:
        yield from _headed("gap", f"{first.place}: {what}", paper)
        return
    yield from _headed("gap", f"{what} ({len(rows)} places)", paper)
    for row in rows[:SHOWN_PLACES]:
        yield from paper.fold(row.place, INDENT, INDENT + "  ")
    if len(rows) > SHOWN_PLACES:
        more = len(rows) - SHOWN_PLACES
        yield paper.style("dim", f"{INDENT}and {more} more; every one: --output json")


def _accepted(told: Sheet, paper: _Paper) -> Iterator[str]:
    if not told.accepted:
        return
    lines = [paper.style("file", "ACCEPTED")]
    for row in told.accepted:
        until = f", until {row.until}" if row.until else ""
        text = f"{row.rule or row.reason} {row.word} {row.place} ({row.accepted}{until})"
        lines.extend(paper.fold(text, "  ", "    "))
    yield "\n".join(lines)


def _passed_over(told: Sheet, paper: _Paper) -> Iterator[str]:
    if not told.passed_over:
        return
    lines = [paper.style("file", "PASSED OVER") + " (version history and other people's code)"]
    for folder in told.passed_over[:SHOWN]:
        lines.extend(paper.fold(folder, "  ", "    "))
    if len(told.passed_over) > SHOWN:
        more = len(told.passed_over) - SHOWN
        lines.append(paper.style("dim", f"  and {more} more; every one: --output json"))
    lines.extend(paper.fold("name one as a target to have it examined", "  ", "    "))
    yield "\n".join(lines)


def _ending(told: Sheet, about: About, paper: _Paper) -> str:
    took = f" in {about.seconds:.1f} s" if about.seconds is not None else ""
    word = about.verdict.word
    verdict = f"verdict: {word}"
    lines = paper.fold(f"{told.summary()}{took}", "", "  ")
    lines.append(f"{paper.style(word, verdict)} (exit {about.verdict.exit_code})")
    lines.extend(paper.fold(f"next: {_next(told, about)}", "", "  "))
    return "\n".join(lines)


def _next(told: Sheet, about: About) -> str:
    if about.verdict.word is Word.PASS:
        return "nothing to do."
    if not told.assets:
        return "nothing was examined; name a file or a folder that holds models."
    stopping = [row for row in told.findings if row.stops]
    if stopping:
        rules = sorted({row.rule for row in stopping})
        files = len({row.file for row in stopping})
        return (
            f"do not load {'this file' if files == 1 else f'these {files} files'}; hauberk explain {rules[0]}"
        )
    gaps = number(len(told.gaps), "gap")
    return f"look at what could not be examined ({gaps}); until then it is unknown, not safe."


def _rank(row: Row) -> int:
    return Severity.INFO if row.severity is None else row.severity
