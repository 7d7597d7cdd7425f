"""Pull a version from upstream into the registry, as a commit like any other: it waits in quarantine."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from hauberk.core.digest import Digest
from hauberk.core.errors import Conflict, HauberkError, Malformed, MissingPath, OverBudget, Refused
from hauberk.registry.accounts import CONTRIBUTOR, Account
from hauberk.registry.mirror.rules import Offer, Rules
from hauberk.registry.mirror.upstream import Upstream
from hauberk.registry.paths import check_together, checked_path
from hauberk.registry.repository import BRANCH, DATASET, ID, MAIN, Commit, Proposal, Repository, checked_ref
from hauberk.registry.site import Site
from hauberk.registry.tree import Added, Operation, Removed, large_entry

LOG = logging.getLogger("hauberk.registry")
ACCOUNT = "mirror"
PINNED = "pinned"
PIECE = 1 << 20
AT_ONCE = 4  # files
FRESH = 300.0  # seconds for which a branch is not asked for again


@dataclass
class Mirror:
    """Brings what readers ask for, each version once. Refusals are kept for those who ask again."""

    site: Site
    rules: Rules
    upstream: Upstream
    under_way: dict[tuple[str, str, str], asyncio.Task[Commit]] = field(default_factory=dict)
    asked: dict[tuple[str, str, str], tuple[float, str]] = field(default_factory=dict)

    async def wanted(self, kind: str, name: str, revision: str) -> str:
        """Begin to bring a version that a reader asks for; words about how it goes, or none."""
        key = (kind, name, revision)
        now = asyncio.get_running_loop().time()
        before = self.asked.get(key)
        if before and now - before[0] < FRESH and key not in self.under_way:
            return before[1]
        if await self._has(kind, name, revision) and ID.fullmatch(revision):
            return ""
        if key not in self.under_way:
            self.under_way[key] = asyncio.create_task(self._bring(key))
        await asyncio.wait({self.under_way[key]}, timeout=2.0)
        if key in self.under_way and not self.under_way[key].done():
            return "it is being fetched from the upstream hub; ask again soon"
        return self.asked.get(key, (now, ""))[1]

    async def _has(self, kind: str, name: str, revision: str) -> bool:
        found = await asyncio.to_thread(self.site.hub.find, kind, name)
        if found is None:
            return False
        try:
            await asyncio.to_thread(self.site.hub.resolve, found, revision)
        except MissingPath:
            return False
        return True

    async def _bring(self, key: tuple[str, str, str]) -> Commit:
        words = "the mirror failed, and says more in its log"
        try:
            found = await self.pull(*key)
            words = ""
            return found
        except HauberkError as error:
            words = str(error)
            LOG.warning("mirror: %s %s at %s: %s", *key, error)
            raise
        finally:
            self.asked[key] = (asyncio.get_running_loop().time(), words)
            self.under_way.pop(key, None)

    async def pull(self, kind: str, name: str, revision: str) -> Commit:
        """The commit that holds what the upstream hub has. Raises Refused, and what fetching raises."""
        self.rules.check_name(name)
        offer = await self.upstream.offer(kind, name, revision)
        self.rules.check(offer, datetime.now(UTC))
        if not ID.fullmatch(offer.revision):
            raise Malformed(f"{name}: the upstream hub names its version {offer.revision[:80]!a}")
        check_together([checked_path(path) for path, _ in offer.files])
        repository = await asyncio.to_thread(self._repository, kind, name)
        turns = asyncio.Semaphore(AT_ONCE)

        async def fetched(path: str, size: int) -> tuple[str, tuple[Digest, int]]:
            async with turns:
                return path, await self._fetch((kind, offer), path, size)

        tasks = [asyncio.create_task(fetched(*each)) for each in offer.files]
        try:
            sizes = dict(await asyncio.gather(*tasks))
        finally:
            for each in tasks:
                each.cancel()
        return await asyncio.to_thread(self._commit, repository, offer, (revision, sizes))

    async def _fetch(self, what: tuple[str, Offer], path: str, size: int) -> tuple[Digest, int]:
        kind, offer = what
        place = (
            f"{'/datasets' if kind == DATASET else ''}/{offer.name}/resolve/{offer.revision}/{quote(path)}"
        )
        handle, name = tempfile.mkstemp(dir=self.site.blobs.incoming())
        state, taken = hashlib.sha256(), 0
        try:
            with os.fdopen(handle, "wb") as target:
                async with self.upstream.opened(place) as answer:
                    async for octets in answer.content.iter_chunked(PIECE):
                        taken += len(octets)
                        if taken > max(size, PIECE):
                            raise OverBudget(
                                f"{path!a}: more comes than the {size} bytes that were announced"
                            )
                        await asyncio.to_thread(target.write, octets)
                        state.update(octets)
                await asyncio.to_thread(os.fsync, target.fileno())
            if size and taken != size:
                raise Malformed(f"{path!a}: {taken} bytes came, and {size} were announced")
            digest = Digest(state.hexdigest())
            await asyncio.to_thread(self.site.blobs.settle, Path(name), digest)
        finally:
            Path(name).unlink(missing_ok=True)
        return digest, taken

    def _repository(self, kind: str, name: str) -> Repository:
        """The repository here. Raises Refused for one of our own, which no stranger may add to."""
        hub, account = self.site.hub, self._account()
        found = hub.find(kind, name)
        if found is None:
            return hub.create(kind, name, account.id, is_private=False, author=ACCOUNT)
        if {each.author for each in hub.history(hub.resolve(found, MAIN))} != {ACCOUNT}:
            raise Refused(
                f"{name} is a repository of this registry, and nothing of upstream is mixed into it"
            )
        return found

    def _commit(
        self, repository: Repository, offer: Offer, got: tuple[str, dict[str, tuple[Digest, int]]]
    ) -> Commit:
        revision, sizes = got
        hub = self.site.hub
        try:
            return hub.resolve(repository, offer.revision)  # a version does not change
        except MissingPath:
            hub.bring_all(repository, dict(sizes.values()))
        branch = self._branch(repository, revision)
        there = hub.tree(hub.resolve(repository, branch)).by_path
        operations: list[Operation] = [
            Added(large_entry(path, digest, size)) for path, (digest, size) in sizes.items()
        ]
        operations += [Removed(path, False) for path in there if path not in sizes]
        title = f"From {self.rules.url} at {offer.revision}"
        proposal = Proposal(tuple(operations), ACCOUNT, title, id=offer.revision)
        return hub.commit(repository, branch, proposal)

    def _branch(self, repository: Repository, revision: str) -> str:
        """The branch for a revision: an old version that somebody pins must not become the newest."""
        if revision == MAIN:
            return MAIN
        if not ID.fullmatch(revision):
            name = checked_ref(revision)
        else:
            name = f"{PINNED}/{revision}"
        with suppress(Conflict):
            self.site.hub.add_ref(repository, BRANCH, name, MAIN)
        return name

    def _account(self) -> Account:
        accounts = self.site.accounts
        try:
            return accounts.by_name(ACCOUNT)
        except MissingPath:
            return accounts.add(ACCOUNT, CONTRIBUTOR)
