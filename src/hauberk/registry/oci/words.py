"""The words of the protocol: names, digests and tags, and how it says no.

Source: opencontainers/distribution-spec v1.1, "Pulling manifests" and "Error Codes".
"""

from __future__ import annotations

import json
import re
from functools import wraps

from aiohttp import web

from hauberk.core.digest import Digest
from hauberk.core.errors import HauberkError
from hauberk.registry.denied import ENTRY, REPOSITORY, REVISION, Denied, as_denied
from hauberk.registry.repository import DATASET, MODEL, checked_name
from hauberk.registry.site import Route

BLOB_UNKNOWN, BLOB_INVALID = "BLOB_UNKNOWN", "BLOB_UPLOAD_INVALID"
UPLOAD_UNKNOWN, DIGEST_INVALID = "BLOB_UPLOAD_UNKNOWN", "DIGEST_INVALID"
MANIFEST_BLOB_UNKNOWN, MANIFEST_INVALID = "MANIFEST_BLOB_UNKNOWN", "MANIFEST_INVALID"
MANIFEST_UNKNOWN, NAME_INVALID = "MANIFEST_UNKNOWN", "NAME_INVALID"
SIZE_INVALID, DENIED, UNSUPPORTED = "SIZE_INVALID", "DENIED", "UNSUPPORTED"
# What the rest of the registry says, and a status alone, in the words of this protocol.
CODES = {REPOSITORY: "NAME_UNKNOWN", REVISION: MANIFEST_UNKNOWN, ENTRY: BLOB_UNKNOWN}
STATUSES = {
    401: "UNAUTHORIZED",
    403: DENIED,
    404: "NAME_UNKNOWN",
    409: DENIED,
    413: SIZE_INVALID,
    429: "TOOMANYREQUESTS",
}
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
DATASETS = "datasets/"
VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
MAX_WORDS = 1_000  # characters of a message


def repository_of(name: str) -> tuple[str, str]:
    """The kind and the name of the repository that an address names. Raises Denied."""
    kind, own = (DATASET, name.removeprefix(DATASETS)) if name.startswith(DATASETS) else (MODEL, name)
    try:
        return kind, checked_name(own)
    except HauberkError as error:
        raise Denied(400, str(error), NAME_INVALID) from error


def path_of(kind: str, name: str) -> str:
    """How an address names the repository."""
    return f"{DATASETS if kind == DATASET else ''}{name}"


def digest_of(text: str) -> Digest:
    """The digest. Raises Denied for what is no SHA-256."""
    found = DIGEST.fullmatch(text)
    if not found:
        raise Denied(400, f"{text[:80]!a} is no digest sha256:<64 hex digits>", DIGEST_INVALID)
    return Digest(found[1])


def spoken(route: Route) -> Route:
    """The route, whose refusals are in the words of this protocol."""

    @wraps(route)
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await route(request)
        except HauberkError as error:
            return refusal(as_denied(error), request)

    return answer


def refusal(denied: Denied, request: web.Request) -> web.Response:
    """The answer that says no. A body that was not read to its end closes the connection."""
    words = str(denied)[:MAX_WORDS]
    code = CODES.get(denied.code, denied.code) or STATUSES.get(denied.status, "UNKNOWN")
    if denied.status == 401:
        code = "UNAUTHORIZED"
    # The answer to HEAD has no body, and its reader wants to know why too.
    headers = {"X-Error-Message": words.encode("ascii", "replace").decode().replace("\n", " "), **VERSION}
    if denied.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="hauberk"'
    told = json.dumps({"errors": [{"code": code, "message": words, "detail": None}]})
    found = web.Response(text=told, status=denied.status, headers=headers, content_type="application/json")
    if not request.content.at_eof():
        found.force_close()
    return found
