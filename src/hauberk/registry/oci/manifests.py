"""Manifests and tags: pushed into quarantine, pulled where the version that they are may be read now."""

from __future__ import annotations

import json
import re

from aiohttp import web

from hauberk.core.digest import Digest
from hauberk.core.errors import MissingPath, UnreadableAsset
from hauberk.core.statement import Json
from hauberk.registry.denied import Denied
from hauberk.registry.landing import batches
from hauberk.registry.oci.kept import OWN, Kept, Manifests
from hauberk.registry.oci.manifest import INDEX, MAX_MANIFEST, Manifest, read_manifest
from hauberk.registry.oci.modelpack import made_of
from hauberk.registry.oci.places import here_of, writer_at
from hauberk.registry.oci.words import (
    DENIED,
    DIGEST_INVALID,
    MANIFEST_INVALID,
    MANIFEST_UNKNOWN,
    TAG,
    UNSUPPORTED,
    VERSION,
    digest_of,
    path_of,
    spoken,
)
from hauberk.registry.repository import TAG as TAG_REF
from hauberk.registry.repository import Commit, checked_ref
from hauberk.registry.site import Visit, caller_of, on_thread
from hauberk.registry.tree import EMPTY

MAX_TAGS = 1_000  # in one answer
COUNT = re.compile(r"\d{1,9}")


@spoken
async def base(request: web.Request) -> web.Response:
    """That the protocol is spoken here, to those who may speak."""
    await caller_of(request)
    return web.json_response({}, headers=VERSION)


@spoken
async def get(request: web.Request) -> web.Response:
    """A manifest by tag or digest. Those who write see what they pushed before it is allowed."""
    here = await here_of(request)
    kept = await _permitted(here, request.match_info["revision"])
    octets = await on_thread(Manifests(here.site.hub).octets, kept)
    if len(octets) != kept.size:
        raise MissingPath(f"the manifest {kept.digest} is damaged, and is not served")
    headers = {
        "Docker-Content-Digest": str(kept.digest),
        "ETag": f'"{kept.digest}"',
        "Content-Type": kept.media_type,
        "Cache-Control": "no-store",
        **VERSION,
    }
    return web.Response(body=octets, headers=headers)


async def _permitted(here: Visit, reference: str) -> Kept:
    """The manifest that a tag or digest means, which may be read now. Raises Denied."""
    manifests, revision = Manifests(here.site.hub), reference
    found: Kept | None = None
    if ":" in reference:
        found = await on_thread(manifests.find, here.repository, digest_of(reference))
        if found is None:
            raise Denied(404, f"{here.repository.name} has no manifest {reference}", MANIFEST_UNKNOWN)
        revision = found.commit
    elif not TAG.fullmatch(reference) or reference == OWN:
        raise Denied(404, f"{here.repository.name} has no tag {reference[:80]!a}", MANIFEST_UNKNOWN)
    await here.commit(revision)
    try:
        commit = await here.permitted(revision, shown_to_writers=True)
    except Denied as error:
        raise Denied(403, str(error), DENIED) from error
    if commit.tree == EMPTY.digest:
        raise Denied(404, f"{here.repository.name} has no files at {reference}", MANIFEST_UNKNOWN)
    return found if found is not None else await on_thread(_of_commit, here, commit)


def _of_commit(here: Visit, commit: Commit) -> Kept:
    hub = here.site.hub
    manifests = Manifests(hub)
    found = manifests.of_commit(here.repository, commit.id)
    if found is not None:
        return found
    return manifests.make(here.repository, commit, made_of(here.repository, commit, hub.tree(commit)))


@spoken
async def put(request: web.Request) -> web.Response:
    """A manifest comes by tag or digest: a new version, in quarantine."""
    here = await writer_at(request, makes=True)
    reference = request.match_info["revision"]
    octets = bytearray()
    async for each in batches(request.content, here.site.limits.silence):
        octets += each
        if len(octets) > MAX_MANIFEST:
            raise Denied(413, f"a manifest of more than {MAX_MANIFEST} bytes", MANIFEST_INVALID)
    said = request.content_type if "Content-Type" in request.headers else ""
    try:
        tag, manifest = _tag(reference), await on_thread(read_manifest, bytes(octets), said)
        if not tag and manifest.digest != digest_of(reference):
            raise Denied(400, f"the manifest is {manifest.digest}, and not {reference}", DIGEST_INVALID)
        push = Manifests(here.site.hub).push
        digest = await on_thread(push, here.repository, manifest, tag, here.caller.name)
    except UnreadableAsset as error:
        raise Denied(400, str(error), MANIFEST_INVALID) from error
    name = path_of(here.repository.kind, here.repository.name)
    headers = {"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": str(digest), **VERSION}
    if manifest.subject:
        headers["OCI-Subject"] = str(manifest.subject.digest)
    return web.Response(status=201, headers=headers)


def _tag(reference: str) -> str:
    """The tag; empty for a digest. Raises Malformed and Denied."""
    if ":" in reference:
        return ""
    if not TAG.fullmatch(reference):
        raise Denied(400, f"{reference[:80]!a} is no tag", MANIFEST_INVALID)
    return checked_ref(reference)


@spoken
async def remove(request: web.Request) -> web.Response:
    """Take a tag away, or a manifest with its tags. The version's evidence stays."""
    here = await writer_at(request)
    reference, hub = request.match_info["revision"], here.site.hub
    if ":" in reference:
        await on_thread(Manifests(hub).remove, here.repository, digest_of(reference))
    else:
        try:
            await on_thread(hub.remove_ref, here.repository, TAG_REF, reference)
        except MissingPath as error:
            raise Denied(404, str(error), MANIFEST_UNKNOWN) from error
    return web.Response(status=202, headers=VERSION)


@spoken
async def tags(request: web.Request) -> web.Response:
    """The names that may be pulled, sorted, a page at a time."""
    here = await here_of(request)
    count, last = request.query.get("n", str(MAX_TAGS)), request.query.get("last", "")
    if not COUNT.fullmatch(count):
        raise Denied(400, f"{count[:80]!a} is no number of tags", UNSUPPORTED)
    limit = min(int(count), MAX_TAGS)
    found = await on_thread(Manifests(here.site.hub).tags, here.repository)
    rest = [each for each in found if each > last and TAG.fullmatch(each)]
    name, headers = path_of(here.repository.kind, here.repository.name), dict(VERSION)
    if len(rest) > limit > 0:
        headers["Link"] = f'</v2/{name}/tags/list?n={limit}&last={rest[limit - 1]}>; rel="next"'
    return web.json_response({"name": name, "tags": rest[:limit]}, headers=headers)


@spoken
async def referrers(request: web.Request) -> web.Response:
    """What refers to a manifest, such as signatures and bills of materials, and may be read now."""
    here = await here_of(request)
    subject, wanted = digest_of(request.match_info["digest"]), request.query.get("artifactType")
    found = await on_thread(_referring, here, subject)
    rows = [each for each in found if wanted is None or each["artifactType"] == wanted]
    told: Json = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(rows)}
    headers = {"Content-Type": INDEX, **VERSION}
    if wanted is not None:
        headers["OCI-Filters-Applied"] = "artifactType"
    return web.Response(body=json.dumps(told).encode(), headers=headers)


def _referring(here: Visit, subject: Digest) -> list[dict[str, Json]]:
    site, rows, size = here.site, [], 0
    manifests = Manifests(site.hub)
    sees_all = site.accounts.may_write(here.caller, here.repository)
    for each in manifests.referring(here.repository, subject):
        commit = site.hub.resolve(here.repository, each.commit)
        answer = site.permits.permit(here.repository, commit, site.environment)
        if not answer.is_allowed and (answer.is_withdrawn or not sees_all):
            continue
        row = _row(each, read_manifest(manifests.octets(each), each.media_type))
        size += len(json.dumps(row))
        if size > MAX_MANIFEST - 1024:
            break
        rows.append(row)
    return rows


def _row(kept: Kept, manifest: Manifest) -> dict[str, Json]:
    found: dict[str, Json] = {
        "mediaType": kept.media_type,
        "digest": str(kept.digest),
        "size": kept.size,
        "artifactType": kept.artifact_type,
    }
    if manifest.annotations:
        found["annotations"] = dict(manifest.annotations)
    return found
