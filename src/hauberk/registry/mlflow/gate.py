"""The gate: what it passes on, what it holds until the scan is over, and what it refuses in MLflow's words.

Artifacts are served from the registry's own blobs, so that what was scanned is what is loaded. Registering,
download addresses and aliases are answered as the policy allows. Everything else passes through as it came.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from aiohttp import web

from hauberk.core.errors import HauberkError, Malformed, Refused, Unsupported
from hauberk.registry.admit import Admission
from hauberk.registry.denied import Denied, as_denied
from hauberk.registry.life import QUARANTINED, SCANNING, Life
from hauberk.registry.mlflow.roots import Root, Roots
from hauberk.registry.mlflow.upstream import ARTIFACTS, Upstream, whole
from hauberk.registry.permission import Permission
from hauberk.registry.site import Site, on_thread, token_of

API = r"/{api:(?:api|ajax-api)/[23]\.0}"
WAIT = 60.0  # seconds that a download waits for a scan
STEP = 0.2
PENDING, READY, FAILED = "PENDING_REGISTRATION", "READY", "FAILED_REGISTRATION"
# RFC 9110, section 7.6.1, and what this side of the gate decides itself.
HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "host", "content-length", "content-encoding", "authorization",
    }
)  # fmt: skip
CODES = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "RESOURCE_DOES_NOT_EXIST", 400: "BAD_REQUEST"}
SOURCE = re.compile(r"mlflow-artifacts:(?://[^/]*)?/+(.+)")
WRITES = frozenset({"PUT", "POST", "PATCH", "DELETE"})


@dataclass
class Gate:
    """One MLflow server behind one gate; `environment` is what its clients load for."""

    life: Life
    site: Site
    roots: Roots
    admission: Admission

    @property
    def upstream(self) -> Upstream:
        """The server behind."""
        return self.roots.upstream

    async def permission(self, root: Root, wait: float = 0.0) -> Permission:
        """Whether the root may be loaded now; a scan that is under way is waited for."""
        repository, commit = await self.roots.version(root)
        self.admission.came.set()
        end = time.monotonic() + wait
        while True:
            standing = await on_thread(self.life.standing, repository, commit)
            if standing.state not in (QUARANTINED, SCANNING) or time.monotonic() >= end:
                return await on_thread(self.life.permit, repository, commit, self.site.environment)
            await asyncio.sleep(STEP)

    async def state(self, root: Root) -> tuple[str, str]:
        """The status of a model version as MLflow names it, and words."""
        repository, commit = await self.roots.version(root)
        standing = await on_thread(self.life.standing, repository, commit)
        if standing.state in (QUARANTINED, SCANNING):
            return PENDING, "it is being scanned"
        answer = await on_thread(self.life.permit, repository, commit, self.site.environment)
        return (READY, answer.words) if answer.is_allowed else (FAILED, answer.words)

    async def root_of_source(self, source: str) -> Root:
        """The root of a model version's source. Raises Refused for what clients would fetch past the gate."""
        if source.startswith("models:/"):
            told = await self.upstream.json(f"/api/2.0/mlflow/logged-models/{source[8:]}", {})
            source = str(told.get("model", {}).get("info", {}).get("artifact_uri", ""))
        elif source.startswith("runs:/"):
            run, _, inner = source[6:].partition("/")
            source = f"{await self.run_folder(run)}/{inner}"
        path = artifact_path(source)
        return await self.roots.root_of(f"{path}/MLmodel")

    async def run_folder(self, run: str) -> str:
        """Where the artifacts of a run are."""
        told = await self.upstream.json("/api/2.0/mlflow/runs/get", {"run_id": run})
        return str(told.get("run", {}).get("info", {}).get("artifact_uri", ""))


def artifact_path(uri: str) -> str:
    """The path in the server's own artifacts. Raises Refused for another place."""
    found = SOURCE.fullmatch(uri)
    if not found:
        place = urlsplit(uri).scheme or "a path of its own"
        raise Refused(
            f"its artifacts lie at {place[:40]!a}, past the gate: serve them with --artifacts-destination"
        )
    return unquote(found[1]).strip("/")


GATE = web.AppKey("gate", Gate)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_routes(app: web.Application) -> None:
    """Let the application answer MLflow's clients; its GATE is set before it starts."""
    add = app.router.add_route
    files = ARTIFACTS.removeprefix("/api/2.0")
    add("GET", f"{API}{files}/{{path:.+}}", told(artifact))
    for path in (f"{API}/mlflow-artifacts/presigned/{{path:.+}}", f"{API}/mlflow-artifacts/mpu/{{path:.+}}"):
        add("GET", path, told(refused))
    add("GET", "/get-artifact", told(run_artifact))
    add("GET", "/model-versions/get-artifact", told(version_artifact))
    add("GET", f"{API}/mlflow/get-artifact", told(run_artifact))
    add("GET", f"{API}/mlflow/model-versions/get-artifact", told(version_artifact))
    add("GET", f"{API}/mlflow/logged-models/{{model}}/artifacts/files", told(model_artifact))
    add("POST", f"{API}/mlflow/model-versions/create", told(create_version))
    add("GET", f"{API}/mlflow/model-versions/get-download-uri", told(download_uri))
    add("POST", f"{API}/mlflow/registered-models/alias", told(set_alias))
    for name in ("model-versions/get", "registered-models/alias"):
        add("GET", f"{API}/mlflow/{name}", told(shown_version))
    app.router.add_route("*", "/{path:.*}", told(passed))


def told(answer: Handler) -> Handler:
    """The answer; a refusal in the words of MLflow's errors."""

    async def run(request: web.Request) -> web.StreamResponse:
        try:
            await check_token(request)
            return await answer(request)
        except HauberkError as error:
            denied = as_denied(error)
            code = CODES.get(denied.status, "INTERNAL_ERROR")
            return web.json_response({"error_code": code, "message": str(denied)}, status=denied.status)

    return run


async def check_token(request: web.Request) -> None:
    """Raises Denied for a caller without a token (MLFLOW_TRACKING_TOKEN), where one is needed."""
    site = request.app[GATE].site
    if site.is_open:
        return
    token = token_of(request)
    caller = await on_thread(site.accounts.caller, token) if token else None
    if caller is None:
        raise Denied(401, "this gate asks for a token: set MLFLOW_TRACKING_TOKEN")
    if request.method in WRITES and not caller.may_change:
        raise Denied(403, f"{caller.name} may only read with this token")


async def passed(request: web.Request) -> web.StreamResponse:
    """What is no business of the gate's, as it came, both ways."""
    gate = request.app[GATE]
    if request.method in WRITES and "/mlflow-artifacts/" in request.path:
        gate.roots.forget(request.path.partition("/artifacts/")[2])
    headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
    body = request.content if request.body_exists else None
    if request.content_length is not None:
        headers["Content-Length"] = str(request.content_length)
    async with gate.upstream.ask(request.method, request.raw_path, headers, body) as found:
        kept = {name: value for name, value in found.headers.items() if name.lower() not in HOP}
        answer = web.StreamResponse(status=found.status, headers=kept)
        await answer.prepare(request)
        async for octets in found.content.iter_any():
            await answer.write(octets)
        await answer.write_eof()
        return answer


async def refused(_: web.Request) -> web.StreamResponse:
    """A way to the bytes that leads past the gate."""
    raise Denied(403, "artifacts come through the gate, and not by addresses that lead past it")


async def artifact(request: web.Request) -> web.StreamResponse:
    """A file of a model or run, from what was scanned."""
    return await _served(request, request.match_info["path"])


async def run_artifact(request: web.Request) -> web.StreamResponse:
    """A file of a run, as the pages of MLflow ask for it."""
    gate, query = request.app[GATE], request.query
    folder = artifact_path(await gate.run_folder(query.get("run_uuid") or query.get("run_id", "")))
    return await _served(request, f"{folder}/{query.get('path', '')}")


async def version_artifact(request: web.Request) -> web.StreamResponse:
    """A file of a model version, as the pages of MLflow ask for it."""
    gate, query = request.app[GATE], request.query
    asked = {"name": query.get("name", ""), "version": query.get("version", "")}
    found = await gate.upstream.json("/api/2.0/mlflow/model-versions/get-download-uri", asked)
    folder = artifact_path(str(found.get("artifact_uri", "")))
    return await _served(request, f"{folder}/{query.get('path', '')}")


async def model_artifact(request: web.Request) -> web.StreamResponse:
    """A file of a logged model, as the pages of MLflow ask for it."""
    gate = request.app[GATE]
    told = await gate.upstream.json(f"/api/2.0/mlflow/logged-models/{request.match_info['model']}", {})
    folder = artifact_path(str(told.get("model", {}).get("info", {}).get("artifact_uri", "")))
    return await _served(request, f"{folder}/{request.query.get('artifact_file_path', '')}")


async def _served(request: web.Request, path: str) -> web.StreamResponse:
    gate = request.app[GATE]
    if ".." in path.split("/") or not path.strip("/"):
        raise Malformed("this is no path of an artifact")
    root = await gate.roots.root_of(path.strip("/"))
    answer = await gate.permission(root, WAIT)
    if not answer.is_allowed:
        raise Denied(403, f"{root.path} is refused: {answer.words}")
    repository, commit = await gate.roots.version(root)
    inner = path.strip("/").rpartition("/")[2] if root.is_file else path.strip("/")[len(root.path) + 1 :]
    entry = await on_thread(gate.site.hub.entry, commit, inner)
    if entry is None:
        raise Denied(404, f"{repository.name} has no file {inner[:200]!a}")
    file = await on_thread(gate.site.blobs.local, entry.digest)
    headers = {"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff"}
    headers["Content-Disposition"] = "attachment"
    return web.FileResponse(file, headers=headers, chunk_size=1 << 20)


async def create_version(request: web.Request) -> web.StreamResponse:
    """Register a version: where its artifacts come from is looked at before the server hears of it."""
    gate, octets = request.app[GATE], await whole(request.content)
    said = _object(octets)
    root = await gate.root_of_source(str(said.get("source", "")))
    await gate.roots.version(root)
    gate.admission.came.set()
    async with gate.upstream.ask("POST", request.raw_path, _as_json(), octets) as found:
        status, answer = found.status, await whole(found.content)
    return await _with_state(gate, status, answer)


async def shown_version(request: web.Request) -> web.StreamResponse:
    """A version with the status that the gate gives it: clients wait while it is pending."""
    gate = request.app[GATE]
    async with gate.upstream.ask("GET", request.raw_path) as found:
        status, answer = found.status, await whole(found.content)
    return await _with_state(gate, status, answer)


async def _with_state(gate: Gate, status: int, octets: bytes) -> web.Response:
    said = _object(octets) if status == 200 else {}
    version = said.get("model_version")
    if not isinstance(version, dict):
        return web.Response(status=status, body=octets, content_type="application/json")
    try:
        root = await gate.root_of_source(str(version.get("source", "")))
        version["status"], version["status_message"] = await gate.state(root)
    except HauberkError as error:
        version["status"], version["status_message"] = FAILED, str(error)
    return web.json_response(said)


async def download_uri(request: web.Request) -> web.StreamResponse:
    """Where a version's files are, if they may be loaded."""
    gate = request.app[GATE]
    async with gate.upstream.ask("GET", request.raw_path) as found:
        status, octets = found.status, await whole(found.content)
    if status == 200:
        await _check(
            gate, str(_object(octets).get("artifact_uri", "")), request.query.get("name", "the model")
        )
    return web.Response(status=status, body=octets, content_type="application/json")


async def set_alias(request: web.Request) -> web.StreamResponse:
    """Give a version a name that people load it by, if it may be loaded."""
    gate, octets = request.app[GATE], await whole(request.content)
    said = _object(octets)
    asked = {"name": str(said.get("name", "")), "version": str(said.get("version", ""))}
    found = await gate.upstream.json("/api/2.0/mlflow/model-versions/get-download-uri", asked)
    await _check(gate, str(found.get("artifact_uri", "")), f"{asked['name']} version {asked['version']}")
    async with gate.upstream.ask("POST", request.raw_path, _as_json(), octets) as answer:
        return web.Response(
            status=answer.status, body=await whole(answer.content), content_type="application/json"
        )


async def _check(gate: Gate, uri: str, name: str) -> None:
    root = await gate.root_of_source(uri)
    answer = await gate.permission(root, WAIT)
    if not answer.is_allowed:
        raise Denied(403, f"{name} is refused: {answer.words}")


def _as_json() -> dict[str, str]:
    return {"Content-Type": "application/json"}


def _object(octets: bytes) -> dict[str, Any]:
    try:
        found = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise Malformed("this is no JSON") from error
    if not isinstance(found, dict):
        raise Unsupported("this is no JSON object")
    return found
