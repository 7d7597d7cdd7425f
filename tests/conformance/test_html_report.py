"""The HTML report in a real browser: it works, complains of nothing and asks the network for nothing."""

import importlib.util
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hauberk.report import renderer

selenium = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (BROWSER and DRIVER), reason="Chromium and its driver are not installed")

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
SHOWN = "return [...document.querySelectorAll('#list > details')].filter(d => d.offsetParent).length"
# WCAG 2.2, 1.4.3: relative luminance and contrast ratio of every text against what is behind it.
CONTRAST = """
const linear = (x) => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4;
const light = (c) => { const v = c.map(x => linear(x / 255));
  return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
const rgb = (s) => s.match(/[\\d.]+/g).map(Number);
const behind = (n) => { for (; n; n = n.parentElement) { const c = rgb(getComputedStyle(n).backgroundColor);
  if (c.length < 4 || c[3] === 1) return c.slice(0, 3); } return [255, 255, 255]; };
const bad = [];
for (const n of document.querySelectorAll('body *')) {
  if (!n.offsetParent || ![...n.childNodes].some(t => t.nodeType === 3 && t.textContent.trim())) continue;
  if (n.matches('script, style, .skip')) continue;
  const a = light(rgb(getComputedStyle(n).color).slice(0, 3)), b = light(behind(n));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) bad.push(n.className + ' ' + n.textContent.slice(0, 30) + ' ' + ratio.toFixed(2));
}
return bad;
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    spec = importlib.util.spec_from_file_location("fixed", SNAPSHOTS / "fixed.py")
    assert spec and spec.loader
    fixed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fixed)
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(renderer("html")(fixed.REPORT, fixed.ABOUT), "utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    options = selenium.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    options.binary_location = BROWSER
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = selenium.Chrome(options=options, service=selenium.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser: Any, page: str) -> Any:
    wear(browser, "light", 1280)
    browser.get_log("performance")
    browser.get(page)
    return browser


def wear(browser: Any, scheme: str, width: int) -> None:
    feature = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", feature)
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def find(browser: Any, selector: str) -> Any:
    return browser.find_element("css selector", selector)


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
