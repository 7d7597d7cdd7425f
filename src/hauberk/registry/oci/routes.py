"""Where each answer of the OCI distribution protocol is found."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from hauberk.registry.denied import Denied
from hauberk.registry.oci import blobs, manifests
from hauberk.registry.oci.blobs import UPLOADS
from hauberk.registry.oci.uploads import Uploads
from hauberk.registry.oci.words import UNSUPPORTED, spoken

ONE = "/v2/{name:.+}"
UPLOAD = f"{ONE}/blobs/uploads/{{upload:[A-Za-z0-9_-]+}}"


def add_oci(app: web.Application) -> None:
    """Let the application answer stock clients of container registries too."""
    app[UPLOADS] = Uploads()
    app.cleanup_ctx.append(_ending)
    router = app.router
    for each in ("/v2", "/v2/"):
        router.add_get(each, manifests.base)
    router.add_post(f"{ONE}/blobs/uploads", blobs.begin)
    router.add_post(f"{ONE}/blobs/uploads/", blobs.begin)
    router.add_get(UPLOAD, blobs.status)
    router.add_patch(UPLOAD, blobs.append)
    router.add_put(UPLOAD, blobs.finish)
    router.add_delete(UPLOAD, blobs.cancel)
    router.add_get(f"{ONE}/blobs/{{digest}}", blobs.get)
    router.add_delete(f"{ONE}/blobs/{{digest}}", blobs.remove)
    router.add_get(f"{ONE}/manifests/{{revision}}", manifests.get)
    router.add_put(f"{ONE}/manifests/{{revision}}", manifests.put)
    router.add_delete(f"{ONE}/manifests/{{revision}}", manifests.remove)
    router.add_get(f"{ONE}/tags/list", manifests.tags)
    router.add_get(f"{ONE}/referrers/{{digest}}", manifests.referrers)
    router.add_route("*", "/v2/{rest:.*}", unknown)


@spoken
async def unknown(request: web.Request) -> web.Response:
    """Whatever else is asked is not answered here. Raises Denied."""
    raise Denied(404, f"{request.method} {request.path[:200]!a} is no address of this registry", UNSUPPORTED)


async def _ending(app: web.Application) -> AsyncIterator[None]:
    yield
    app[UPLOADS].end_all()
