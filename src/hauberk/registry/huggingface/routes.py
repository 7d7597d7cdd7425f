"""Where each answer of the Hugging Face protocol is found."""

from __future__ import annotations

from aiohttp import web

from hauberk.registry.huggingface import cas, parts, repositories, resolve, revisions, upload

KIND = "/api/{kind:models|datasets}"
ONE = f"{KIND}/{{space}}/{{name}}"
FILE = "{space}/{name}/resolve/{revision}/{path:.+}"
CAS = "/xet/{registry}"
LFS = "{space}/{name}.git/info/lfs/objects/batch"


def add_routes(router: web.UrlDispatcher) -> None:
    """Let the application answer stock clients."""
    get, post, remove = router.add_get, router.add_post, router.add_delete
    get("/api/whoami-v2", repositories.whoami)
    post("/api/validate-yaml", repositories.validate_card)
    post("/api/repos/create", repositories.create)
    remove("/api/repos/delete", repositories.delete)
    post("/api/repos/move", repositories.move)
    get(KIND, repositories.listing)
    get(ONE, repositories.information)
    router.add_put(f"{ONE}/settings", repositories.settings)
    get(f"{ONE}/revision/{{revision}}", repositories.information)
    get(f"{ONE}/refs", revisions.refs)
    get(f"{ONE}/tree/{{revision}}", revisions.tree)
    get(f"{ONE}/tree/{{revision}}/{{path:.+}}", revisions.tree)
    post(f"{ONE}/paths-info/{{revision}}", revisions.paths)
    get(f"{ONE}/commits/{{revision}}", revisions.history)
    post(f"{ONE}/tag/{{revision}}", revisions.add_tag)
    remove(f"{ONE}/tag/{{revision}}", revisions.remove_tag)
    post(f"{ONE}/branch/{{revision}}", revisions.add_branch)
    remove(f"{ONE}/branch/{{revision}}", revisions.remove_branch)
    post(f"{ONE}/preupload/{{revision}}", upload.preupload)
    post(f"{ONE}/commit/{{revision}}", upload.commit)
    for kind in ("/", "/datasets/"):
        post(f"{kind}{LFS}", upload.batch)
        get(f"{kind}{FILE}", resolve.resolve)
    router.add_put("/lfs/{ticket}", upload.put)
    post("/lfs/{ticket}/verify", upload.verify)
    get(f"{ONE}/xet-write-token/{{revision}}", cas.write_token)
    get(f"{ONE}/xet-read-token/{{revision}}", parts.read_token)
    get(f"{CAS}/v1/reconstructions/{{hash}}", parts.reconstruct)
    get(f"{CAS}/parts/{{ticket}}/{{start:[0-9]{{1,15}}}}/{{size:[0-9]{{1,15}}}}", parts.fetch)
    get(f"{CAS}/v1/chunks/{{prefix}}/{{hash}}", cas.unknown)
    post(f"{CAS}/v1/xorb-grants/{{prefix}}/{{hash}}", cas.unknown)
    post(f"{CAS}/v1/xorbs/default/{{hash}}", cas.take_xorb)
    post(f"{CAS}/v1/shards", cas.take_shard)
    post(f"{CAS}/v2/shards", cas.unknown)  # clients then take the first version
