"""The registry as one web application: its routes, and what it answers where something is refused."""

from __future__ import annotations

import asyncio
import logging
import time

from aiohttp import web
from aiohttp.typedefs import Handler

from hauberk.core.errors import HauberkError
from hauberk.core.version import VERSION
from hauberk.registry.denied import Denied, as_denied
from hauberk.registry.huggingface import routes
from hauberk.registry.metrics import METRICS, Metrics
from hauberk.registry.site import SITE, Site, on_thread, token_of

LOG = logging.getLogger("hauberk.registry")
MAX_WORDS = 1_000  # characters of a message in a header


def application(site: Site) -> web.Application:
    """The application that serves the site."""
    app = web.Application(middlewares=[observed, refused], client_max_size=site.limits.json)
    app[SITE] = site
    app[METRICS] = Metrics()
    app.router.add_route("GET", "/-/health", health)
    app.router.add_route("GET", "/-/ready", ready)
    app.router.add_route("GET", "/-/metrics", metrics)
    routes.add_routes(app.router)
    return app


@web.middleware
async def observed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and note each request; the note never holds a token, or a query that might hold one."""
    begun = time.monotonic()
    status = 500
    try:
        found = await handler(request)
        status = found.status
        return found
    except web.HTTPException as error:
        status = error.status
        raise
    except asyncio.CancelledError:
        status = 499  # the client went away
        raise
    finally:
        taken = time.monotonic() - begun
        request.app[METRICS].count(request.method, status, taken)
        size = request.content_length or 0
        LOG.info("%s %s %s %.3fs %s", request.method, request.path, status, taken, size)


@web.middleware
async def refused(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say in words, and in the codes that stock clients know, why not."""
    try:
        _check_rate(request)
        return await handler(request)
    except HauberkError as error:
        return denial(as_denied(error), request)
    except (ConnectionError, asyncio.CancelledError, web.HTTPException):
        raise
    except Exception:
        LOG.exception("%s %s failed", request.method, request.path)
        return denial(Denied(500, "the registry failed, and says more in its log"), request)


def _check_rate(request: web.Request) -> None:
    wait = request.app[SITE].rates.take(token_of(request) or request.remote or "")
    if wait:
        raise Denied(429, f"too many requests: wait {wait:.1f} seconds")


def denial(denied: Denied, request: web.Request) -> web.Response:
    """The answer that says no. A body that was not read to its end closes the connection."""
    words = str(denied)[:MAX_WORDS]
    headers = {"X-Error-Message": words.encode("ascii", "replace").decode().replace("\n", " ")}
    if denied.code:
        headers["X-Error-Code"] = denied.code
    if denied.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="hauberk"'
    if denied.status == 429:
        headers["Retry-After"] = "1"
    found = web.json_response({"error": words}, status=denied.status, headers=headers)
    if not request.content.at_eof():
        found.force_close()
    return found


async def health(_: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok", "version": VERSION})


async def ready(request: web.Request) -> web.Response:
    """The database and the blobs answer. 503 where one does not."""
    site = request.app[SITE]
    await on_thread(_try, site)
    return web.json_response({"status": "ready"})


def _try(site: Site) -> None:
    with site.store.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    site.blobs.incoming()


async def metrics(request: web.Request) -> web.Response:
    """Counters in the text format of Prometheus, version 0.0.4."""
    return web.Response(text=request.app[METRICS].text(), content_type="text/plain")
