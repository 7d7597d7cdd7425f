"""The HTML report in a real browser: it works, complains of nothing and asks the network for nothing."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from hauberk.report import renderer
from tests.browser import CONTRAST, browser, find, wear

__all__ = ["browser"]

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
SHOWN = "return [...document.querySelectorAll('#list > details')].filter(d => d.offsetParent).length"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    spec = importlib.util.spec_from_file_location("fixed", SNAPSHOTS / "fixed.py")
    assert spec and spec.loader
    fixed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fixed)
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(renderer("html")(fixed.REPORT, fixed.ABOUT), "utf-8")
    return path.as_uri()


@pytest.fixture
def opened(browser: Any, page: str) -> Any:
    wear(browser, "light", 1280)
    browser.get_log("performance")
    browser.get(page)
    return browser


def test_the_browser_complains_of_nothing_and_asks_for_nothing(opened: Any, page: str) -> None:
    assert opened.get_log("browser") == []
    sent = [json.loads(each["message"])["message"] for each in opened.get_log("performance")]
    asked = [
        each["params"]["request"]["url"] for each in sent if each["method"] == "Network.requestWillBeSent"
    ]
    assert set(asked) <= {page, "data:,"}


def test_the_policy_stops_a_script_that_is_not_the_pages_own(opened: Any) -> None:
    opened.execute_script(
        "const s = document.createElement('script'); s.text = 'window.ran = 1'; document.body.append(s)"
    )
    assert opened.execute_script("return window.ran") is None
    assert any("Content Security Policy" in each["message"] for each in opened.get_log("browser"))


def test_severity_rule_and_text_filter_the_findings(opened: Any) -> None:
    assert opened.execute_script(SHOWN) == 18
    find(opened, "input[value=high]").click()
    assert opened.execute_script(SHOWN) == 7
    assert find(opened, "#shown").text == "7 of 18 shown"
    find(opened, "#rule").send_keys("MDL903")
    assert opened.execute_script(SHOWN) == 2
    find(opened, "#text").send_keys("SAFETENSORS")
    assert opened.execute_script(SHOWN) == 1


def test_every_finding_opens_from_the_keyboard(opened: Any) -> None:
    find(opened, "#list summary").send_keys(" ")
    assert find(opened, "#list details").get_attribute("open") is not None
    assert find(opened, "#list dl").is_displayed()
    find(opened, "#open").click()
    assert opened.execute_script("return document.querySelectorAll('#list details[open]').length") == 18


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_and_nothing_is_cut_off(opened: Any, scheme: str, width: int) -> None:
    wear(opened, scheme, width)
    opened.refresh()
    opened.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert opened.execute_script(CONTRAST) == []
    assert opened.execute_script("return document.documentElement.scrollWidth") == width


def test_the_button_changes_the_theme(opened: Any) -> None:
    colour = "return getComputedStyle(document.body).backgroundColor"
    light = opened.execute_script(colour)
    find(opened, "#theme").click()
    assert opened.execute_script(colour) != light
    assert find(opened, "#theme").text == "Light"


def test_dark_is_worn_without_script_too(browser: Any, page: str) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        wear(browser, "dark", 1280)
        browser.get(page)
        colour = find(browser, "body").value_of_css_property("background-color")
        assert not find(browser, "#tools").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert colour == "rgba(15, 19, 24, 1)"
