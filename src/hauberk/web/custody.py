"""The page of a model: where its version stands, what was found and proven, and what people decided."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aiohttp import web

from hauberk.attest.chain import chain_of
from hauberk.core.digest import Digest
from hauberk.core.errors import MissingPath
from hauberk.core.statement import Subject
from hauberk.registry.accounts import ADMIN, APPROVER
from hauberk.registry.denied import Denied
from hauberk.registry.life import Life, Standing
from hauberk.registry.own import LIFE
from hauberk.registry.site import on_thread
from hauberk.report.chain_page import picture, status
from hauberk.report.chain_tree import named_digest, proof
from hauberk.web.place import Place, place_of
from hauberk.web.render import page
from hauberk.web.session import form_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_REPORT = 32 << 20  # bytes of a report that is read for a page
SEVERITIES = ("critical", "high", "medium", "low", "info")
MAX_ROWS = 200  # findings and gaps that are shown; the rest is counted


async def show_custody(request: web.Request) -> web.Response:
    """The page of the newest version, or of the one that `revision` names."""
    place = await place_of(request, request.query.get("revision", ""))
    values = await on_thread(_known, request.app[LIFE], place)
    drawn = "standing" if request.headers.get("HX-Target") == "standing" else "custody"
    return page(drawn, place.caller, place.shown("custody") | values)


def _known(life: Life, place: Place) -> dict[str, object]:
    evidence = life.custody.about(place.commit.tree)
    chain = chain_of(Subject(place.repository.name, place.commit.tree), evidence.attested)
    standing = life.standing(place.repository, place.commit)
    found = {"chain": chain, "picture": picture(chain), "proof": proof, "named_digest": named_digest}
    found["chains"] = list({each.subject.digest: each for each in chain.walk()}.values())[::-1]
    found |= {"status": status, "standing": standing, "discarded": evidence.discarded}
    found |= {"environments": _environments(life, place, standing), "rows": _rows(life, standing)}
    found["may_decide"] = place.caller.may_change and place.caller.has_role(APPROVER, ADMIN)
    return found


def _environments(life: Life, place: Place, standing: Standing) -> Sequence[Mapping[str, object]]:
    """Each environment: whether it takes the version, why not, and whether it is entered by promotion."""
    decided = {each.environment: each.words for each in standing.decisions if each.word != "pass"}
    at = {each.environment for each in standing.stages if each.left is None}
    found = []
    for name in life.policy.environments:
        answer = life.permit(place.repository, place.commit, name)
        told = {"name": name, "is_allowed": answer.is_allowed, "words": decided.get(name, answer.words)}
        found.append(told | {"asks_people": life.policy.asks_people(name), "is_here": name in at})
    return found


def _rows(life: Life, standing: Standing) -> Mapping[str, object]:
    """The findings and gaps of the newest scan."""
    if not standing.report:
        return {"findings": [], "gaps": [], "left": 0}
    with life.hub.blobs.open(Digest(standing.report)) as source:
        told = json.loads(source.read(MAX_REPORT) or b"{}")
    findings, gaps = told.get("findings", []), told.get("gaps", [])
    left = max(0, len(findings) - MAX_ROWS) + max(0, len(gaps) - MAX_ROWS)
    findings.sort(key=lambda each: SEVERITIES.index(each["severity"]))
    return {"findings": findings[:MAX_ROWS], "gaps": gaps[:MAX_ROWS], "left": left}


async def decide(request: web.Request) -> web.StreamResponse:
    """Approve, reject, promote, roll back or recall the version that the form names. Raises Denied."""
    form = await form_of(request)
    place = await place_of(request, form.get("commit", ""))
    if place.caller.account is None or not place.caller.may_change:
        raise Denied(403, "sign in with a token to write with")
    await on_thread(_decide, request.app[LIFE], place, form)
    raise web.HTTPSeeOther(f"{place.path}?revision={place.commit.id}")


def _decide(life: Life, place: Place, form: Mapping[str, str]) -> None:
    who = place.caller.account
    assert who is not None
    what, environment = form.get("what"), form.get("environment", "")
    if what in ("approve", "reject"):
        life.approve(place.repository, place.commit, who, environment, what)
    elif what == "promote":
        life.promote(place.repository, place.commit, who, environment)
    elif what == "rollback":
        life.rollback(place.repository, who, environment)
    elif what == "recall":
        life.recall(place.repository, place.commit, who, form.get("reason", ""))
    else:
        raise MissingPath("the form asks for nothing that can be done")
