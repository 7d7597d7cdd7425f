"""Roots: which model a path of artifacts belongs to, and the version of it that the registry holds.

A model is the outermost folder with a file `MLmodel`; a file in no such folder stands for itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hauberk.core.digest import Digest
from hauberk.core.errors import MissingPath, OverBudget
from hauberk.registry.accounts import CONTRIBUTOR, Account
from hauberk.registry.mlflow.upstream import ARTIFACTS, Upstream
from hauberk.registry.repository import MAIN, MODEL, Commit, Proposal, Repository
from hauberk.registry.site import Site
from hauberk.registry.tree import Added, Operation, Removed, large_entry

MARK = "MLmodel"
ACCOUNT = "mlflow"  # nobody else makes repositories in the namespace of an account
MAX_NAME = 80  # characters of a repository's name that tell people what it is
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Root:
    """A model on the MLflow server, by its path; `is_file` is a file that belongs to none."""

    path: str
    is_file: bool

    @property
    def name(self) -> str:
        """The repository that holds it."""
        plain = re.sub(r"[^A-Za-z0-9]+", "-", self.path).strip("-")[-MAX_NAME:].lstrip("-")
        own = hashlib.sha256(self.path.encode()).hexdigest()[:8]
        return f"{ACCOUNT}/{plain or 'root'}-{own}"


@dataclass
class Roots:
    """Finds models and brings them into the registry, each once until it changes."""

    site: Site
    upstream: Upstream
    known: dict[str, tuple[Repository, Commit]] = field(default_factory=dict)
    turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def root_of(self, path: str) -> Root:
        """The root that a path belongs to. Raises Inaccessible."""
        parts = path.split("/")
        folders = ["/".join(parts[:end]) for end in range(1, len(parts))]
        for folder in folders:
            if folder in self.known:
                return Root(folder, False)
        for folder in folders:
            names = {name for name, is_folder in await self.upstream.listing(folder) if not is_folder}
            if MARK in names:
                return Root(folder, False)
        return Root(path, True)

    async def version(self, root: Root) -> tuple[Repository, Commit]:
        """The version that the registry holds, brought there first where it is new. Raises MissingPath."""
        async with self.turns.setdefault(root.path, asyncio.Lock()):
            if root.path not in self.known:
                self.known[root.path] = await self._bring(root)
            return self.known[root.path]

    def forget(self, path: str) -> None:
        """Something below the path was written: what was brought is not what is there any more."""
        for root in [each for each in self.known if path == each or path.startswith(f"{each}/")]:
            del self.known[root]

    async def _bring(self, root: Root) -> tuple[Repository, Commit]:
        paths = [root.path.rpartition("/")[2]] if root.is_file else await self.upstream.files(root.path)
        if not paths:
            raise MissingPath(f"{root.path[:200]!a}: no such artifact")
        folder = root.path.rpartition("/")[0] if root.is_file else root.path
        sizes: dict[str, tuple[Digest, int]] = {}
        for path in paths:
            sizes[path] = await self._fetch(f"{folder}/{path}" if folder else path)
        return await asyncio.to_thread(self._commit, root, sizes)

    async def _fetch(self, path: str) -> tuple[Digest, int]:
        """A file's digest and size; it is a blob now. Raises MissingPath, OverBudget, Inaccessible."""
        from urllib.parse import quote

        handle, name = tempfile.mkstemp(dir=self.site.blobs.incoming())
        state, size = hashlib.sha256(), 0
        try:
            with os.fdopen(handle, "wb") as target:
                async with self.upstream.ask("GET", f"{ARTIFACTS}/{quote(path)}") as answer:
                    if answer.status != 200:
                        raise MissingPath(f"{path[:200]!a}: the MLflow server answers {answer.status}")
                    async for octets in answer.content.iter_chunked(PIECE):
                        size += len(octets)
                        if size > self.site.limits.blob:
                            raise OverBudget(f"{path[:200]!a}: more than {self.site.limits.blob} bytes")
                        await asyncio.to_thread(_take, target, state, octets)
                await asyncio.to_thread(os.fsync, target.fileno())
            digest = Digest(state.hexdigest())
            await asyncio.to_thread(self.site.blobs.settle, Path(name), digest)
        finally:
            Path(name).unlink(missing_ok=True)
        return digest, size

    def _commit(self, root: Root, sizes: dict[str, tuple[Digest, int]]) -> tuple[Repository, Commit]:
        hub = self.site.hub
        found = hub.find(MODEL, root.name)
        if found is None:
            found = hub.create(MODEL, root.name, self._account().id, is_private=False, author=ACCOUNT)
        hub.bring_all(found, dict(sizes.values()))
        there = hub.tree(hub.resolve(found, MAIN)).by_path
        operations: list[Operation] = [
            Added(large_entry(path, digest, size)) for path, (digest, size) in sizes.items()
        ]
        operations += [Removed(path, False) for path in there if path not in sizes]
        proposal = Proposal(tuple(operations), ACCOUNT, f"From MLflow: {root.path}")
        return found, hub.commit(found, MAIN, proposal)

    def _account(self) -> Account:
        accounts = self.site.accounts
        try:
            return accounts.by_name(ACCOUNT)
        except MissingPath:
            return accounts.add(ACCOUNT, CONTRIBUTOR)


def _take(target: object, state: hashlib._Hash, octets: bytes) -> None:
    state.update(octets)
    target.write(octets)  # type: ignore[attr-defined]  # a binary file
