"""What strangers wrote does nothing in any format."""

import json
import re
import unicodedata
from html.parser import HTMLParser
from types import ModuleType
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.report import Examined, Report
from hauberk.core.verdict import Verdict, Word
from hauberk.report import FORMATS, renderer
from hauberk.report.about import About, Screen
from hauberk.report.markdown import code
from hauberk.report.plain import MAX_TEXT, plain

ANY_TEXT = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(
    ["::stop-commands::x", "a ##[x]"]
)
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def harmless(text: str) -> None:
    text.encode("utf-8")
    bad = [char for char in text if char != "\n" and unicodedata.category(char) in INVISIBLE]
    assert not bad
    assert "##[" not in text
    assert "##vso[" not in text


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_prints_what_a_terminal_or_a_build_server_obeys(fixed: ModuleType, name: str) -> None:
    made = renderer(name)(fixed.REPORT, fixed.ABOUT)
    harmless(made)
    commands = [line for line in made.splitlines() if line.lstrip().startswith("::")]
    assert all(re.match(r"::(error|warning|notice) file=", each) for each in commands)
    assert name == "github" or not commands


@pytest.mark.parametrize("name", ["json", "sarif", "cyclonedx", "gitlab"])
def test_decoded_json_is_harmless_too(fixed: ModuleType, name: str) -> None:
    def walk(value: object) -> None:
        if isinstance(value, str):
            harmless(value)
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(each)

    walk(json.loads(renderer(name)(fixed.REPORT, fixed.ABOUT)))


@given(ANY_TEXT)
def test_plain_text_is_one_harmless_line(text: str) -> None:
    made = plain(text)
    harmless(made)
    assert "\n" not in made
    assert not made.lstrip().startswith("::")
    assert plain(made) == made


def test_a_long_text_says_how_much_is_missing() -> None:
    assert plain("x" * (MAX_TEXT + 7)).endswith("… (7 more characters)")


@settings(max_examples=60, deadline=None)  # the page alone takes 20 ms
@given(ANY_TEXT, st.sampled_from(sorted(FORMATS)), st.integers(1, 130))
def test_any_name_and_any_message_render(text: str, name: str, width: int) -> None:
    finding = Finding("MDL001", Place(text, offset=3), text, text, Severity.HIGH)
    report = Report((Examined(text, 3, ("pickle",)),), (finding,), (Gap(Place(text), text, text, text),))
    about = About("0", (text,), Verdict(Word.STOP, (text,)), screen=Screen(width))
    harmless(renderer(name)(report, about))
    if name == "junit":
        ElementTree.fromstring(renderer(name)(report, about))


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[tag] = self.seen.get(tag, 0) + 1
        assert not any(key.startswith("on") or key in ("src", "style") for key, _ in attrs)


def test_names_make_no_tags_in_html(fixed: ModuleType) -> None:
    tags = Tags()
    tags.feed(renderer("html")(fixed.REPORT, fixed.ABOUT))
    assert tags.seen["script"] == 1
    assert tags.seen["style"] == 1


@given(st.text("`|\\@a ", max_size=12))
def test_a_code_span_ends_where_it_should(text: str) -> None:
    made = code(text)
    fence = re.match("`*", made)[0] if made else ""  # type: ignore[index]
    assert not re.search(rf"(?<!`){fence}(?!`)", made[len(fence) : -len(fence)]) if fence else not text
