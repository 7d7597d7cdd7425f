"""The versions of a branch, newest first, and what may be loaded of them."""

from __future__ import annotations

from aiohttp import web

from hauberk.registry.permission import Permission
from hauberk.registry.repository import Commit
from hauberk.registry.site import on_thread
from hauberk.web.place import Place, place_of
from hauberk.web.render import page

SHOWN = 100


async def show_versions(request: web.Request) -> web.Response:
    """The page of versions."""
    place = await place_of(request, request.match_info["revision"])
    rows = await on_thread(_rows, place)
    return page("versions", place.caller, place.shown("versions") | {"rows": rows})


def _rows(place: Place) -> list[tuple[Commit, Permission]]:
    site, repository = place.site, place.repository
    history = site.hub.history(place.commit, SHOWN)
    return [(each, site.permits.permit(repository, each, site.environment)) for each in history]
