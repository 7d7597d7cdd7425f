"""The console's routes, and what it answers where something is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files
from urllib.parse import quote

from aiohttp import web

from hauberk.core.errors import HauberkError
from hauberk.registry.accounts import NOBODY
from hauberk.registry.denied import as_denied
from hauberk.registry.repository import RESERVED
from hauberk.web.custody import decide, show_custody
from hauberk.web.files import show_files
from hauberk.web.materials import show_materials
from hauberk.web.models import show_datasets, show_models
from hauberk.web.render import HEADERS, page
from hauberk.web.session import SIGN_IN, SignInFirst, show_sign_in, sign_in, sign_out
from hauberk.web.versions import show_versions

ASSETS = {"console.css": "text/css", "htmx.min.js": "text/javascript"}
TITLES = {401: "Sign in first", 403: "Not allowed", 404: "Not found", 409: "Too late", 413: "Too large"}
Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_console(app: web.Application) -> None:
    """Let the registry's application answer browsers too."""
    place = f"{{namespace:(?!(?:{'|'.join(RESERVED)}|-)/)[^/]+}}/{{name:[^/]+}}"
    add = app.router.add_route
    add("GET", "/-/assets/{file}", show_asset)
    for path, drawn in (("/", show_models), ("/datasets", show_datasets), (SIGN_IN, show_sign_in)):
        add("GET", path, shown(drawn))
    add("POST", SIGN_IN, shown(sign_in))
    add("POST", "/-/sign-out", shown(sign_out))
    for kind in ("/datasets/", "/"):
        add("GET", f"{kind}{place}", shown(show_custody))
        add("POST", f"{kind}{place}/-/decide", shown(decide))
        add("GET", f"{kind}{place}/tree/{{revision}}", shown(show_files))
        add("GET", f"{kind}{place}/tree/{{revision}}/{{path:.+}}", shown(show_files))
        add("GET", f"{kind}{place}/materials/{{revision}}", shown(show_materials))
        add("GET", f"{kind}{place}/commits/{{revision}}", shown(show_versions))


def shown(drawn: Page) -> Page:
    """The page, or one that says why not."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await drawn(request)
        except SignInFirst:
            raise web.HTTPSeeOther(f"{SIGN_IN}?next={quote(request.path_qs, safe='')}") from None
        except HauberkError as error:
            denied = as_denied(error)
            title = TITLES.get(denied.status, "Refused")
            return page("refusal", NOBODY, {"title": title, "words": str(denied)}, denied.status)

    return answer


async def show_asset(request: web.Request) -> web.Response:
    """A style or script that the console brings."""
    name = request.match_info["file"]
    if name not in ASSETS:
        raise web.HTTPNotFound
    octets = (files("hauberk.web") / "assets" / name).read_bytes()
    headers = HEADERS | {"Cache-Control": "public, max-age=3600"}
    return web.Response(body=octets, content_type=ASSETS[name], charset="utf-8", headers=headers)
