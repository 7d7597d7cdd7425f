"""The console in a real browser: every page, light and dark, wide and narrow, and decisions at a click."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Iterator
from typing import Any

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser import CONTRAST, browser, find, wear
from tests.hub import Hub, running_hub

__all__ = ["browser"]
CARD = (
    b"---\nlicense: mit\n---\n# A model\n\nMade for a test. It fails at everything else than being stored.\n"
)
NAMES = "return [...document.querySelectorAll('td a')].map(each => each.textContent)"
PAGES = (
    "/",
    "/datasets",
    "/ann/good",
    "/ann/good/tree/main",
    "/ann/good/materials/main",
    "/ann/good/commits/main",
    "/ann/bad",
    "/ann/nothing",
)


class Poison:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    import numpy
    from safetensors.numpy import save

    with running_hub(tmp_path_factory.mktemp("console") / "registry") as found:
        api = found.api(found.account("ann", "contributor"))
        good = {"model.safetensors": save({"w": numpy.ones((8, 8), "float32")}), "README.md": CARD}
        bad = {"pytorch_model.bin": pickle.dumps(Poison()), "README.md": CARD}
        for name, files in (("good", good), ("bad", bad)):
            api.create_repo(f"ann/{name}")
            folder = tmp_path_factory.mktemp(name)
            for path, octets in files.items():
                (folder / path).write_bytes(octets)
            api.upload_folder(repo_id=f"ann/{name}", folder_path=folder)
            found.wait(f"ann/{name}")
        yield found


@pytest.fixture(scope="module")
def inside(hub: Hub, browser: Any) -> Any:
    wear(browser, "light", 1280)
    browser.get(f"{hub.url}/ann/good")
    assert find(browser, "h1").text == "Sign in"
    find(browser, "#token").send_keys(hub.account("bob", "approver"))
    find(browser, "button.main").click()
    assert find(browser, "h1").text == "ann/good"
    return browser


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read(hub: Hub, inside: Any, path: str, width: int, scheme: str) -> None:
    wear(inside, scheme, width)
    inside.get_log("browser")
    inside.get(hub.url + path)
    said = [each["message"] for each in inside.get_log("browser")]
    assert said == [] or path == "/ann/nothing"
    assert inside.execute_script(CONTRAST) == []
    assert inside.execute_script("return document.documentElement.scrollWidth") == width
    assert len(inside.page_source) < 200_000


def test_the_list_searches_while_one_types(hub: Hub, inside: Any) -> None:
    wear(inside, "light", 1280)
    inside.get(hub.url)
    assert set(inside.execute_script(NAMES)) == {"ann/good", "ann/bad"}
    find(inside, "#q").send_keys("goo")
    for _ in range(50):
        if len(inside.execute_script(NAMES)) == 1:
            break
        time.sleep(0.1)
    assert inside.execute_script(NAMES) == ["ann/good"]


def test_a_refused_model_says_why(hub: Hub, inside: Any) -> None:
    inside.get(f"{hub.url}/ann/bad")
    text = find(inside, "main").text
    for words in ("Refused", "Stopped", "posix.system", "critical", "Chain of custody", "scanned by hauberk"):
        assert words in text


def _row(browser: Any, environment: str, *words: str) -> Any:
    """The environment's row, once it says the words: after a click the next page is on its way."""

    def there(_browser: Any) -> Any:
        rows = browser.find_elements(By.CSS_SELECTOR, "#standing tbody tr")
        found = [each for each in rows if each.text.startswith(environment)]
        return next((each for each in found if all(word in each.text for word in words)), None)

    waiting = WebDriverWait(browser, 30, ignored_exceptions=[StaleElementReferenceException])
    return waiting.until(there)


def test_an_approver_takes_a_version_to_staging_and_back(hub: Hub, inside: Any) -> None:
    inside.get(f"{hub.url}/ann/good")
    _row(inside, "staging").find_element(By.CSS_SELECTOR, "[value=promote]").click()
    WebDriverWait(inside, 30).until(lambda page: "0 approve" in find(page, "main").text)
    inside.get(f"{hub.url}/ann/good")
    _row(inside, "staging").find_element(By.CSS_SELECTOR, "[value=approve]").click()
    said = _row(inside, "staging", "nobody has promoted it")
    said.find_element(By.CSS_SELECTOR, "[value=promote]").click()
    said = _row(inside, "staging", "allowed", "here now")
    assert "bob" in find(inside, "main").text
    said.find_element(By.CSS_SELECTOR, "[value=rollback]").click()
    _row(inside, "staging", "rolled back")


def test_who_signs_out_is_out(hub: Hub, inside: Any) -> None:
    cookie = inside.get_cookie("hauberk_session")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    inside.get(hub.url)
    find(inside, "form[action='/-/sign-out'] button").click()
    assert find(inside, "h1").text == "Sign in"
    answer = hub.ask("GET", "/", token="", headers={"Cookie": f"hauberk_session={cookie['value']}"})
    assert answer.status == 303
