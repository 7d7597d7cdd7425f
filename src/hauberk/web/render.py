"""How pages are drawn: templates that escape everything, and what every page shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from aiohttp import web

from hauberk.registry.accounts import Caller
from hauberk.report.page import surroundings, template_text
from hauberk.report.plain import plain

if TYPE_CHECKING:
    from jinja2 import Environment

# Everything comes from the console itself; nothing inline runs, nobody may frame it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
CHAIN = "chain_links.html"
UNITS = ("B", "kB", "MB", "GB", "TB")
STEP = 1000


def page(name: str, caller: Caller, values: Mapping[str, object], status: int = 200) -> web.Response:
    """The page that a template draws for the caller."""
    text = _templates().get_template(f"{name}.html").render({**values, "caller": caller})
    return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)


def size_text(size: int) -> str:
    """A size in bytes as people read it."""
    amount, unit = float(size), UNITS[0]
    for unit in UNITS:
        if amount < STEP or unit == UNITS[-1]:
            break
        amount /= STEP
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def time_text(seconds: int) -> str:
    """A time in Unix seconds, in UTC, to the minute."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


@cache
def _templates() -> Environment:
    from jinja2 import FunctionLoader

    found = surroundings()
    found.loader = FunctionLoader(_text)
    found.globals["plain"] = plain
    found.filters |= {"size": size_text, "time": time_text, "plain": plain}
    return found


def _text(name: str) -> str:
    """The template; chains are drawn by the same one as in reports."""
    if name == CHAIN:
        return template_text(name)
    return (files("hauberk.web") / "templates" / name).read_text("utf-8")
