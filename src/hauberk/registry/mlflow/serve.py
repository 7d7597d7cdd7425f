"""The gate as an application of its own, beside the registry whose folder it shares."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, web

from hauberk.core.errors import UsageError
from hauberk.registry.admit import Admission
from hauberk.registry.life import Life
from hauberk.registry.mlflow.gate import GATE, Gate, add_routes
from hauberk.registry.mlflow.roots import Roots
from hauberk.registry.mlflow.upstream import Upstream
from hauberk.registry.site import Site

SILENCE = 300.0  # seconds without an octet from the server behind


def gate_application(url: str, life: Life, site: Site, admission: Admission) -> web.Application:
    """The application that stands in front of the MLflow server at the URL. Raises UsageError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
        raise UsageError(f"{url}: an MLflow server is at http:// or https://")
    app = web.Application(client_max_size=site.limits.blob)

    async def opened(app: web.Application) -> AsyncIterator[None]:
        limits = ClientTimeout(total=None, sock_connect=10, sock_read=SILENCE)
        async with ClientSession(
            timeout=limits, cookie_jar=DummyCookieJar(), auto_decompress=False
        ) as session:
            upstream = Upstream(url.rstrip("/"), session)
            app[GATE] = Gate(life, site, Roots(site, upstream), admission)
            yield

    app.cleanup_ctx.append(opened)
    add_routes(app)
    return app
