"""Markdown: a comment for a pull request, short enough for GitHub and GitLab."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Severity
from hauberk.core.report import Report
from hauberk.core.verdict import Word
from hauberk.report.about import About
from hauberk.report.sheet import SENTENCES, SEVERITIES, Row, Sheet, number, rules_used, sheet

LONGEST = 65_536  # characters: what GitHub takes as a comment
SHOWN = 40  # rows of each of three tables, of at most three long cells: at their longest they fit
CELL = 160  # characters of one cell

SIGNS = {Word.PASS: "✅", Word.STOP: "⛔", Word.UNKNOWN: "❔"}


def render(report: Report, about: About) -> str:
    """Verdict, counts, and a table each for findings, gaps and what was accepted; rules folded away."""
    told = sheet(report, about)
    word = about.verdict.word
    parts = [
        f"## {SIGNS[word]} Hauberk: {word}",
        SENTENCES[word],
        f"{told.summary().capitalize()}.",
        _counts(told),
    ]
    parts += _table("Findings", "Severity | Rule | Where | What", [_finding(each) for each in _worst(told)])
    parts += _table("Not examined", "Reason | Where | What | Do", [_gap(each) for each in told.gaps])
    parts += _table("Accepted", "What | Where | Reason | Until", [_accepted(each) for each in told.accepted])
    end = f"<sub>Hauberk {about.version}, exit code {about.verdict.exit_code}</sub>"
    whole, short = (
        "\n\n".join(part for part in (*parts, *more, end) if part) + "\n"
        for more in (_rules(told, about), [])
    )
    return whole if len(whole) <= LONGEST else short


def _counts(told: Sheet) -> str:
    names = [*map(str, SEVERITIES), "gaps"]
    counts = [*(told.count(each) for each in SEVERITIES), len(told.gaps)]
    return "\n".join((_row(names), _row("---:" for _ in names), _row(map(str, counts))))


def _table(title: str, heads: str, rows: list[str]) -> list[str]:
    if not rows:
        return []
    columns = heads.split(" | ")
    lines = [_row(columns), _row("---" for _ in columns), *rows[:SHOWN]]
    more = (
        [f"…and {len(rows) - SHOWN} more; every one stands in the JSON report."] if len(rows) > SHOWN else []
    )
    return [f"### {title} ({len(rows)})", "\n".join(lines), *more]


def _worst(told: Sheet) -> list[Row]:
    return sorted(told.findings, key=lambda row: -(row.severity or Severity.INFO))


def _finding(row: Row) -> str:
    word = f"**{row.word}**" if row.stops else row.word
    return _row((word, code(row.rule), code(row.place), code(row.message)))


def _gap(row: Row) -> str:
    return _row((code(row.reason), code(row.place), code(row.message), code(row.remedy)))


def _accepted(row: Row) -> str:
    return _row(
        (code(f"{row.rule} {row.word}".strip()), code(row.place), code(row.accepted), row.until or "always")
    )


def _rules(told: Sheet, about: About) -> list[str]:
    rules = rules_used(told, about)
    if not rules:
        return []
    lines = [f"<details><summary>{number(len(rules), 'rule')}: why, and what to do</summary>", ""]
    for each in rules:
        lines += [f"**{each.id}** {_prose(each.title)}", "", f"Why: {_prose(each.why)}", ""]
        lines += [f"Do: {_prose(each.remediation)}", ""]
    return ["\n".join([*lines, "</details>"])]


def _row(cells: Iterator[str] | map[str] | list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


def code(text: str) -> str:
    """A code span for a table cell: nothing in it is a mention, a link, markup or HTML."""
    if len(text) > CELL:
        text = text[: CELL - 1] + "…"
    # A table is cut into cells before code spans are found, so a bar is escaped even in them (GFM 4.10).
    text = text.replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""


def _prose(text: str) -> str:
    """Our own documentation, with what would be HTML escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
