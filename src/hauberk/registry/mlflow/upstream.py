"""The MLflow server behind the gate: one address, which the operator named, and no other."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hauberk.core.errors import Inaccessible, Malformed, OverBudget

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession, StreamReader

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
MAX_JSON = 16 << 20  # bytes
MAX_FILES = 10_000  # of one model
MAX_DEPTH = 32  # folders


async def whole(body: StreamReader) -> bytes:
    """All of a small body. Raises OverBudget."""
    found = bytearray()
    while octets := await body.readany():
        found += octets
        if len(found) > MAX_JSON:
            raise OverBudget(f"more than {MAX_JSON} bytes of JSON")
    return bytes(found)


@dataclass(frozen=True, slots=True)
class Upstream:
    """Asks the server. Redirects are not followed: they would lead elsewhere."""

    url: str
    session: ClientSession

    @asynccontextmanager
    async def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: object = None
    ) -> AsyncIterator[ClientResponse]:
        """The answer, whose body is still to come. Raises Inaccessible."""
        from aiohttp import ClientError
        from yarl import URL

        target = URL(self.url + path, encoded=True)
        try:
            async with self.session.request(
                method, target, headers=headers, data=body, allow_redirects=False
            ) as answer:
                yield answer
        except (ClientError, TimeoutError, OSError) as error:
            raise Inaccessible(
                f"the MLflow server does not answer: {error or type(error).__name__}"
            ) from error

    async def json(self, path: str, query: Mapping[str, str]) -> Any:
        """The JSON object that it answers to a question. Raises Inaccessible where it answers otherwise."""
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        async with self.ask("GET", f"{path}?{asked}") as answer:
            octets = await whole(answer.content)
            if answer.status != 200:
                raise Inaccessible(f"the MLflow server answers {answer.status} to {path}")
        try:
            return json.loads(octets)
        except ValueError as error:
            raise Inaccessible(f"the MLflow server answers no JSON to {path}") from error

    async def listing(self, folder: str) -> list[tuple[str, bool]]:
        """What lies in a folder of artifacts: names, and whether each is a folder. Raises Inaccessible."""
        found = await self.json(ARTIFACTS, {"path": folder} if folder else {})
        files = found.get("files") or [] if isinstance(found, dict) else []
        return [(str(each["path"]), bool(each.get("is_dir"))) for each in files]

    async def files(self, folder: str) -> list[str]:
        """The paths of all files below a folder, from there. Raises OverBudget, Malformed, Inaccessible."""
        found: list[str] = []
        waiting = [("", 0)]
        while waiting:
            inner, depth = waiting.pop()
            if depth > MAX_DEPTH or len(found) > MAX_FILES:
                raise OverBudget(f"{folder}: more than {MAX_FILES} files, or deeper than {MAX_DEPTH} folders")
            for name, is_folder in await self.listing(f"{folder}/{inner}".rstrip("/")):
                if "/" in name or name in ("", ".", ".."):
                    raise Malformed(f"{folder}: holds {name[:80]!a}, which is no file's name")
                path = f"{inner}/{name}" if inner else name
                waiting.append((path, depth + 1)) if is_folder else found.append(path)
        return sorted(found)
