"""The page of a model: what is proven about the version, and what people decided."""

from __future__ import annotations

from aiohttp import web

from hauberk.core.statement import Subject
from hauberk.registry.site import on_thread
from hauberk.report.chain_page import picture, status
from hauberk.report.chain_tree import named_digest, proof
from hauberk.web.place import Place, place_of
from hauberk.web.render import page


async def show_custody(request: web.Request) -> web.Response:
    """The page of the newest version, or of the one that `revision` names."""
    place = await place_of(request, request.query.get("revision", ""))
    values = await on_thread(_proven, place)
    return page("custody", place.caller, place.shown("custody") | values)


def _proven(place: Place) -> dict[str, object]:
    from hauberk.attest.chain import chain_of

    subject = Subject(place.repository.name, place.commit.tree)
    chain = chain_of(subject, ())
    chains = list({each.subject.digest: each for each in chain.walk()}.values())[::-1]
    drawn = {"chain": chain, "chains": chains, "picture": picture(chain)}
    return drawn | {"proof": proof, "named_digest": named_digest, "status": status}
