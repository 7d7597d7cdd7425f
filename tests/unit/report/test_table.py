"""The table, and the line formats, say at once what is dangerous, unknown and next."""

import json
import re
from dataclasses import replace
from types import ModuleType

import pytest

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.report import Accepted, Report
from hauberk.core.verdict import Verdict, Word
from hauberk.report import renderer
from hauberk.report.about import About, Screen
from hauberk.report.github import render as render_github
from hauberk.report.sheet import sheet
from hauberk.report.table import SHOWN, SHOWN_PLACES, render

STOP = About("0", ("m",), Verdict(Word.STOP, ("1 of 1 findings stop",)))
STYLE = re.compile(r"\x1b\[[\d;]*m")


@pytest.mark.parametrize("width", [60, 100, 500])
def test_no_line_is_wider_than_the_screen(fixed: ModuleType, width: int) -> None:
    made = render(fixed.REPORT, replace(fixed.ABOUT, screen=Screen(width)))
    assert [line for line in made.splitlines() if len(line) > width] == []


def test_colour_changes_nothing_but_colour(fixed: ModuleType) -> None:
    plain = render(fixed.REPORT, fixed.ABOUT)
    coloured = render(fixed.REPORT, replace(fixed.ABOUT, screen=Screen(100, True)))
    assert "\x1b" not in plain
    assert STYLE.sub("", coloured) == plain


def test_the_most_dangerous_file_comes_first_and_the_verdict_last(fixed: ModuleType) -> None:
    lines = render(fixed.REPORT, fixed.ABOUT).splitlines()
    assert "CRITICAL" in lines[1]
    assert lines[-2] == "verdict: stop (exit 1)"
    assert lines[-1].startswith("next: do not load")


def test_what_is_not_shown_is_counted() -> None:
    findings = tuple(
        Finding("MDL001", Place("m", offset=each), f"imports {each}") for each in range(SHOWN + 5)
    )
    gaps = tuple(Gap(Place(f"g{each:02}"), "malformed", "is cut") for each in range(SHOWN_PLACES + 3))
    made = render(Report((), findings, gaps), STOP)
    assert "and 5 more of MDL001" in made
    assert "and 3 more; every one" in made
    assert f"{SHOWN + 5} findings ({SHOWN + 5} high), {SHOWN_PLACES + 3} gaps" in made


def test_a_gap_alone_is_unknown_and_says_so() -> None:
    about = replace(STOP, verdict=Verdict(Word.UNKNOWN, ("1 could not be examined",)))
    made = render(Report((), (), (Gap(Place("g"), "malformed", "is cut"),)), about)
    assert "verdict: unknown (exit 3)" in made
    assert "nothing was examined" in made


def test_a_finding_at_a_line_is_annotated_at_the_line() -> None:
    report = Report((), (Finding("MDL001", Place("a,b:c%d.json", line=7), "50% sure\nof it"),))
    assert render_github(report, STOP).splitlines()[0] == (
        "::error file=a%2Cb%3Ac%25d.json,line=7,title=MDL001 high::a,b:c%25d.json:7: 50%25 sure\\nof it"
    )


def test_the_severity_that_stops_decides_what_fails(fixed: ModuleType) -> None:
    from hauberk.core.finding import Severity

    for stop, failures in ((Severity.CRITICAL, 2), (Severity.INFO, 15)):
        made = renderer("junit")(fixed.REPORT, replace(fixed.ABOUT, stop=stop))
        assert f'failures="{failures}"' in made


def test_a_comment_is_never_longer_than_github_takes(fixed: ModuleType) -> None:
    long = [f"models/{'`|`x' * 400}{each}" for each in range(500)]
    findings = tuple(Finding("MDL901", Place(each), each) for each in long)
    gaps = tuple(Gap(Place(each), "malformed", each, each) for each in long)
    accepted = tuple(Accepted(each, each.message, "") for each in findings)
    made = renderer("markdown")(Report((), findings, gaps, accepted), fixed.ABOUT)
    assert len(made) <= 65_536
    assert "and 460 more" in made


def test_a_row_stops_at_the_bar_of_its_own_path() -> None:
    places = [Finding("MDL901", Place(each), "x", each, Severity.HIGH) for each in ("m/a", "tests/a")]
    report = Report((), tuple(places))

    def bar(locator: str) -> Severity:
        return Severity.CRITICAL if locator.startswith("tests/") else Severity.MEDIUM

    told = json.loads(renderer("json")(report, replace(STOP, stop_at=bar)))
    assert [each["stops"] for each in told["findings"]] == [True, False]
    assert 'failures="1"' in renderer("junit")(report, replace(STOP, stop_at=bar))
    assert [each.stops for each in sheet(report, STOP).findings] == [True, True]


def test_folders_that_are_passed_over_are_named_and_counted() -> None:
    made = render(Report(passed_over=("m/.git", "m/node_modules")), STOP)
    assert "2 folders passed over" in made
    assert "  m/node_modules" in made
