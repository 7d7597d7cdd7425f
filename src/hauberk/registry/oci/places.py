"""Places: the repository that an address of the protocol names, and who is there."""

from __future__ import annotations

from aiohttp import web

from hauberk.core.errors import Conflict
from hauberk.registry.accounts import Caller
from hauberk.registry.denied import Denied
from hauberk.registry.oci.words import repository_of
from hauberk.registry.site import SITE, Site, Visit, caller_of, on_thread, visit


async def here_of(request: web.Request, name: str = "") -> Visit:
    """The visit to a repository, which the address names unless `name` does. Raises Denied."""
    return await visit(request, *repository_of(name or request.match_info["name"]))


async def writer_at(request: web.Request, makes: bool = False) -> Visit:
    """The visit of somebody who may write there. Raises Denied.

    Clients of this protocol ask for no repository before they push: `makes` makes one that is missing.
    """
    caller = await caller_of(request)
    if caller.account is None:
        raise Denied(401, "to push asks for a token")
    kind, name = repository_of(request.match_info["name"])
    site = request.app[SITE]
    if makes and await on_thread(site.hub.find, kind, name) is None:
        await on_thread(_make, site, (kind, name), caller)
    here = await visit(request, kind, name)
    await here.check_writes()
    return here


def _make(site: Site, wanted: tuple[str, str], caller: Caller) -> None:
    """Make the repository, as one that who reads here may see. Raises Denied."""
    kind, name = wanted
    account = caller.account
    if account is None or not site.accounts.may_create(caller, name.partition("/")[0]):
        raise Denied(403, f"{caller.name} may not make the {kind} {name} with this token")
    try:
        site.hub.create(kind, name, account.id, is_private=False, author=account.name)
    except (
        Conflict
    ):  # several layers are pushed at once; or a name that differs in spelling only, not found next
        return
