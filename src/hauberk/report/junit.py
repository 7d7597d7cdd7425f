"""JUnit XML: every asset is a test; what stops fails it, a gap is its error."""

from __future__ import annotations

from collections import defaultdict
from html import escape

from hauberk.core.report import Examined, Report
from hauberk.report.about import About
from hauberk.report.plain import plain_locator
from hauberk.report.sheet import Row, sheet


def render(report: Report, about: About) -> str:
    """One suite; a place that is no asset of the report gets a test of its own, so nothing is lost."""
    told = sheet(report, about)
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in told.rows:
        rows[row.raw].append(row)
    known = {each.locator: each for each in told.assets}
    names = [*known, *(each for each in rows if each not in known)]
    counts = (
        f'tests="{len(names)}" '
        f'failures="{sum(any(map(_fails, rows[each])) for each in names)}" '
        f'errors="{sum(any(map(_is_unknown, rows[each])) for each in names)}"'
    )
    time = f' time="{about.seconds:.3f}"' if about.seconds is not None else ""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="hauberk" {counts}{time}>']
    lines.append(f'  <testsuite name="hauberk {escape(about.version)}" {counts} skipped="0"{time}>')
    for name in names:
        lines.extend(_case(name, known.get(name), rows[name]))
    return "\n".join([*lines, "  </testsuite>", "</testsuites>"]) + "\n"


def _case(name: str, asset: Examined | None, rows: list[Row]) -> list[str]:
    formats = ".".join(asset.formats) if asset and asset.formats else "unknown"
    opening = f'    <testcase classname="{escape(formats)}" name="{escape(plain_locator(name))}" time="0"'
    if not rows:
        return [f"{opening}/>"]
    inner = [_element(each) for each in rows if _fails(each) or _is_unknown(each)]
    notes = [_told(each) for each in rows if not _fails(each) and not _is_unknown(each)]
    if notes:
        inner.append(f"      <system-out>{escape(chr(10).join(notes))}</system-out>")
    return [f"{opening}>", *inner, "    </testcase>"]


def _fails(row: Row) -> bool:
    return row.stops


def _is_unknown(row: Row) -> bool:
    return row.severity is None and not row.accepted


def _element(row: Row) -> str:
    tag = "failure" if row.severity is not None else "error"
    kind = escape(row.rule or row.reason)
    return (
        f'      <{tag} type="{kind}" message="{escape(f"{row.word}: {row.message}")}">'
        f"{escape(_told(row))}</{tag}>"
    )


def _told(row: Row) -> str:
    parts = [f"{row.place}: {row.rule or row.reason} {row.word}: {row.message}"]
    parts += [f"Why: {row.why}"] if row.why else []
    parts += [f"Do: {row.remedy}"] if row.remedy else []
    if row.accepted:
        parts.append(f"Accepted: {row.accepted}" + (f" (until {row.until})" if row.until else ""))
    return "\n".join(parts)
