"""What a registry tells and takes beside the protocols of others: evidence, standings, recalls."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from aiohttp import web

from hauberk.attest.evidence import attested_by
from hauberk.attest.record import MAX_RECORD, read_record
from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed
from hauberk.registry.denied import Denied
from hauberk.registry.landing import batches
from hauberk.registry.life import Life
from hauberk.registry.limits import check_size
from hauberk.registry.site import SITE, caller_of, on_thread, visit

LIFE = web.AppKey("life", Life)
HEX = re.compile(r"[0-9a-f]{64}")


def add_routes(app: web.Application, life: Life) -> None:
    """Let the application answer about the life of versions."""
    app[LIFE] = life
    place = "{kind:model|dataset}/{space}/{name}/{revision}"
    app.router.add_get("/-/recalls", recalls)
    app.router.add_get(f"/-/standing/{place}", standing)
    app.router.add_get(f"/-/evidence/{place}", evidence)
    app.router.add_post("/-/evidence", take_evidence)
    app.router.add_get("/-/trust", trust)


async def recalls(request: web.Request) -> web.Response:
    """Every commit whose files nobody may load any more: what sweeps caches asks for it."""
    await caller_of(request)
    found = await on_thread(request.app[LIFE].recalled)
    return web.json_response({"commits": sorted(found)})


async def standing(request: web.Request) -> web.Response:
    """Where a version stands, and what each environment makes of it."""
    at = request.match_info
    here = await visit(request, at["kind"], f"{at['space']}/{at['name']}")
    commit = await here.commit(at["revision"])
    found = await on_thread(request.app[LIFE].standing, here.repository, commit)
    decided = {each.environment: {"word": each.word, "words": each.words} for each in found.decisions}
    told = {"commit": commit.id, "digest": str(commit.tree), "state": found.state, "words": found.words}
    return web.json_response(told | {"decisions": decided})


async def evidence(request: web.Request) -> web.Response:
    """Everything that is attested of a version, a record a line, each with its proof."""
    at = request.match_info
    here = await visit(request, at["kind"], f"{at['space']}/{at['name']}")
    commit = await here.commit(at["revision"])
    records = await on_thread(request.app[LIFE].custody.records, commit.tree)
    lines = [json.dumps(json.loads(octets), separators=(",", ":")) for _, octets in records]
    return web.Response(text="".join(f"{each}\n" for each in lines), content_type="application/jsonl")


async def trust(request: web.Request) -> web.Response:
    """The trust file by which others check what the registry says."""
    await caller_of(request)
    octets = await on_thread(request.app[LIFE].custody.trust_document)
    return web.Response(body=octets, content_type="application/json")


async def take_evidence(request: web.Request) -> web.Response:
    """Evidence that somebody signed elsewhere: it is kept where a trusted key signed it. Raises Denied."""
    site, caller = request.app[SITE], await caller_of(request)
    if not caller.may_change:
        raise Denied(403, "this token may not send evidence")
    found = bytearray()
    async for octets in batches(request.content, site.limits.silence):
        found += octets
        check_size(len(found), min(site.limits.json, MAX_RECORD), "a record")
    digest = await on_thread(_keep, request.app[LIFE], bytes(found))
    return web.json_response({"digest": str(digest)})


def _keep(life: Life, octets: bytes) -> Digest:
    from hauberk.attest.dsse import envelope_json
    from hauberk.store.statements import Statements

    custody = life.custody
    held = attested_by("what was sent", octets, custody.trust(), datetime.now(UTC))
    if not held.statement.subjects:
        raise Malformed("the statement is about nothing")
    kept = Statements(custody.store).put(envelope_json(read_record(octets).envelope), held.statement)
    custody.publish()
    life.decide_about(each.digest for each in held.statement.subjects)
    return kept
