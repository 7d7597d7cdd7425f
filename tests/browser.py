"""A real Chromium for tests: what it is told to wear, and what may not be seen in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from selenium import webdriver

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
def browser() -> Iterator[Any]:
    chromium, driver_path = shutil.which("chromium"), shutil.which("chromedriver")
    assert chromium and driver_path, "the tests need Chromium and its driver: make test installs them"
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_path))
    yield driver
    driver.quit()


def wear(browser: Any, scheme: str, width: int) -> None:
    feature = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", feature)
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def find(browser: Any, selector: str) -> Any:
    return browser.find_element("css selector", selector)
