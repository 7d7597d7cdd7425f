"""The place that a page is about: a repository at a version, as far as the caller may see it."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from hauberk.core.errors import MissingPath
from hauberk.registry.accounts import Caller
from hauberk.registry.denied import REPOSITORY, REVISION, Denied
from hauberk.registry.permission import Permission
from hauberk.registry.repository import DATASET, MAIN, MODEL, Commit, Repository
from hauberk.registry.site import SITE, Site, on_thread
from hauberk.registry.tree import Tree
from hauberk.web.models import path_of
from hauberk.web.session import caller_of


@dataclass(frozen=True, slots=True)
class Place:
    """A version, who looks at it, and whether it may be loaded now."""

    site: Site
    caller: Caller
    repository: Repository
    commit: Commit
    revision: str
    tree: Tree
    permission: Permission

    @property
    def path(self) -> str:
        """The page of the repository."""
        return path_of(self.repository)

    def shown(self, tab: str) -> dict[str, object]:
        """What every page about the place shows."""
        return {
            "tab": tab,
            "place": self,
            "here": self.repository.kind,
            "environment": self.site.environment,
            "size": sum(each.size for each in self.tree.entries),
        }


async def place_of(request: web.Request, revision: str = "") -> Place:
    """The place that the request names. Raises Denied, in the same words for what is hidden and not there."""
    caller = await caller_of(request)
    return await on_thread(_place, request.app[SITE], caller, (_named(request), revision or MAIN))


def _named(request: web.Request) -> tuple[str, str]:
    kind = DATASET if request.path.startswith("/datasets/") else MODEL
    return kind, f"{request.match_info['namespace']}/{request.match_info['name']}"


def _place(site: Site, caller: Caller, asked: tuple[tuple[str, str], str]) -> Place:
    (kind, name), revision = asked
    found = site.hub.find(kind, name)
    if found is None or not site.accounts.may_read(caller, found):
        raise Denied(404, f"there is no {kind} {name[:200]} that {caller.name} may see", REPOSITORY)
    try:
        commit = site.hub.resolve(found, revision)
    except MissingPath as error:
        raise Denied(404, str(error), REVISION) from error
    answer = site.permits.permit(found, commit, site.environment)
    return Place(site, caller, found, commit, revision, site.hub.tree(commit), answer)
