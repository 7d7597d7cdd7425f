"""The list of models and data sets, with a search that answers while one types."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from hauberk.registry.accounts import Caller
from hauberk.registry.hub import Listed
from hauberk.registry.repository import DATASET, MAIN, MODEL, Repository
from hauberk.registry.site import SITE, Site, on_thread
from hauberk.web.render import page
from hauberk.web.session import caller_of

SHOWN = 50  # repositories on one page
MAX_SEARCH = 100  # characters


@dataclass(frozen=True, slots=True)
class Row:
    """A repository in the list: its newest version, whether it may be read now, and in words why not."""

    repository: Repository
    version: str
    changed: int
    is_allowed: bool
    words: str

    @property
    def path(self) -> str:
        """The page of the repository."""
        return path_of(self.repository)


def path_of(repository: Repository) -> str:
    """The page of a repository: where the stock clients say that it is."""
    return f"/datasets/{repository.name}" if repository.kind == DATASET else f"/{repository.name}"


async def show_models(request: web.Request) -> web.Response:
    """The page of models."""
    return await _show(request, MODEL)


async def show_datasets(request: web.Request) -> web.Response:
    """The page of data sets."""
    return await _show(request, DATASET)


async def _show(request: web.Request, kind: str) -> web.Response:
    site, caller = request.app[SITE], await caller_of(request)
    search, after = request.query.get("q", "")[:MAX_SEARCH], request.query.get("after", "")
    rows = await on_thread(_rows, site, caller, (kind, search, after))
    more = rows[SHOWN - 1].repository.name if len(rows) > SHOWN else ""
    is_part = "HX-Request" in request.headers
    values: dict[str, object] = {"kind": kind, "rows": rows[:SHOWN], "search": search, "more": more}
    values["environment"] = site.environment
    return page("models_rows" if is_part else "models", caller, values)


def _rows(site: Site, caller: Caller, asked: tuple[str, str, str]) -> list[Row]:
    kind, search, after = asked
    viewer = caller.account.id if caller.account else None
    listed = Listed(
        kind, search=search, viewer=viewer, sees_all=caller.is_admin, after=after, limit=SHOWN + 1
    )
    found = []
    for each in site.hub.listing(listed):
        commit = site.hub.resolve(each, MAIN)
        answer = site.permits.permit(each, commit, site.environment)
        found.append(Row(each, commit.id, commit.created, answer.is_allowed, answer.words))
    return found
