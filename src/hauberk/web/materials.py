"""The bill of materials of a version: what it is made of, and how each fact is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiohttp import web

from hauberk.registry.life import Life
from hauberk.registry.own import LIFE
from hauberk.registry.site import on_thread
from hauberk.web.place import Place, place_of
from hauberk.web.render import page

CYCLONEDX = "https://cyclonedx.org/bom"
PROOF = "hauberk:proof:"
OWN = "hauberk:"
NAMES = ("description", "publisher", "copyright")
MAX_ROWS = 500


async def show_materials(request: web.Request) -> web.Response:
    """The page of the bill of materials."""
    place = await place_of(request, request.match_info["revision"])
    rows, made = await on_thread(_rows, request.app[LIFE], place)
    return page("materials", place.caller, place.shown("materials") | {"rows": rows[:MAX_ROWS], "made": made})


def _rows(life: Life, place: Place) -> tuple[list[tuple[str, str, str]], str]:
    """Facts as name, value and proof, and who made the newest bill; none where nobody made one."""
    found = [
        each
        for each in life.custody.about(place.commit.tree).attested
        if each.statement.predicate_type == CYCLONEDX
    ]
    if not found:
        return [], ""
    newest = found[-1]
    component = dict(newest.statement.predicate).get("metadata", {})
    main = component.get("component", {}) if isinstance(component, dict) else {}
    entry = f", log entry {newest.entry}" if newest.entry is not None else ""
    return list(_facts(main if isinstance(main, dict) else {})), f"{newest.signers[0][:12]}{entry}"


def _facts(component: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    proofs = {
        each["name"].removeprefix(PROOF): each["value"]
        for each in component.get("properties", [])
        if each["name"].startswith(PROOF)
    }
    for name in ("name", "version", *NAMES):
        if component.get(name):
            yield name, str(component[name]), proofs.get(name, "")
    for each in component.get("licenses", []):
        licence = each.get("license", {})
        named = str(licence.get("id") or licence.get("name") or each.get("expression", ""))
        yield "licence", named, proofs.get(f"license:{named}", "")
    card = component.get("modelCard", {})
    for name, value in card.get("modelParameters", {}).items():
        if isinstance(value, str):
            yield name, value, proofs.get("typeOfModel", "") if name == "architectureFamily" else ""
    for each in (*card.get("properties", []), *component.get("properties", [])):
        name = each["name"].removeprefix(OWN)
        if not each["name"].startswith(PROOF):
            yield name, each["value"], proofs.get(name, "")
