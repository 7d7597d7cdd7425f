"""The files of a version, folder by folder."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from hauberk.registry.tree import Entry, Tree
from hauberk.web.place import place_of
from hauberk.web.render import page

MAX_ROWS = 2_000  # of one folder; the rest is counted


@dataclass(frozen=True, slots=True)
class Row:
    """A folder (without an entry), or a file."""

    name: str
    path: str
    entry: Entry | None = None


async def show_files(request: web.Request) -> web.Response:
    """The page of a folder of a version."""
    place = await place_of(request, request.match_info.get("revision", ""))
    folder = request.match_info.get("path", "").strip("/")
    rows = rows_in(place.tree, folder)
    if not rows and folder:
        raise web.HTTPNotFound(text=f"there is no folder {folder[:200]!a}")
    values = {"rows": rows[:MAX_ROWS], "left": max(0, len(rows) - MAX_ROWS), "folder": folder}
    return page("files", place.caller, place.shown("files") | values | {"up": folder.rpartition("/")[0]})


def rows_in(tree: Tree, folder: str) -> list[Row]:
    """What lies in the folder, folders first."""
    start = f"{folder}/" if folder else ""
    folders: dict[str, Row] = {}
    files = []
    for entry in tree.entries:
        if not entry.path.startswith(start):
            continue
        name, slash, _ = entry.path[len(start) :].partition("/")
        if slash:
            folders.setdefault(name, Row(name, start + name))
        else:
            files.append(Row(name, entry.path, entry))
    return [*folders.values(), *files]
