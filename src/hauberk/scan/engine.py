"""Examine many assets: in this process, or in a pool of processes that may die without harm."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hauberk.core.asset import Asset, Kind
from hauberk.core.digest import digest
from hauberk.core.errors import OverBudget, UnreadableAsset
from hauberk.core.finding import Place
from hauberk.core.gap import Gap, gap_of
from hauberk.core.report import Examined
from hauberk.scan.cache import Cache
from hauberk.scan.examine import Examination, examine

if TYPE_CHECKING:
    from concurrent.futures import Future
    from types import FrameType

# Files up to this size are hashed by default: 64 MiB take 0.16 s, less than a user notices.
HASH_UP_TO = 64 << 20
# Below this much work a pool costs more than it saves (forking and pickling take about 30 ms).
POOL_FROM_FILES = 64
POOL_FROM_BYTES = 32 << 20
# Assets and bytes a task: enough that messages do not matter, few enough that all cores end together.
CHUNK = 64
CHUNK_BYTES = 16 << 20
CHUNKS_A_JOB = 8
# Objects between two collections in a worker: it examines small things, and leaves few cycles.
COLLECT_FROM = 50_000
# Address space that a worker may take; a parser that wants more is stopped before the machine is.
WORKER_BYTES = 8 << 30


@dataclass(frozen=True, slots=True)
class Work:
    """How each asset is examined: time limit in seconds, hashing (auto, always, never), cache."""

    seconds: int = 120
    hashing: str = "auto"
    cache: Cache | None = None
    jobs: int = 0


def examine_each(
    assets: Sequence[Asset], work: Work, done: Callable[[Asset], None] | None = None
) -> list[Examination]:
    """One examination an asset, in the order of the assets. `done` is told of each as it ends."""
    jobs = work.jobs or os.cpu_count() or 1
    if jobs < 2 or not _is_worth_a_pool(assets):
        return [_told(done, asset, _examine_bounded(asset, work)) for asset in assets]
    return _in_pool(assets, work, jobs, done)


def _told(done: Callable[[Asset], None] | None, asset: Asset, out: Examination) -> Examination:
    if done:
        done(asset)
    return out


def _is_worth_a_pool(assets: Sequence[Asset]) -> bool:
    if len(assets) < 2:
        return False
    return len(assets) >= POOL_FROM_FILES or sum(each.content.size for each in assets) >= POOL_FROM_BYTES


def _examine_bounded(asset: Asset, work: Work) -> Examination:
    """Examine within the time limit; whatever goes wrong is a Gap, and a bug is named as one."""
    out = Examination()
    try:
        with _time_limit(work.seconds):
            return _examine_cached(_hashed(asset, work), work, out)
    except UnreadableAsset as error:
        gap = gap_of(asset.locator, error)
    except (MemoryError, RecursionError) as error:
        gap = Gap(Place(asset.locator), "over-budget", f"took too much memory or depth: {error!r}")
    except Exception as error:  # a bug of ours must not hide what the other assets hold
        gap = Gap(Place(asset.locator), "bug", f"{type(error).__name__}: {error}", "please report this")
    out.gaps.append(gap)
    out.assets = out.assets or [Examined(asset.locator, asset.content.size)]
    return out


def _hashed(asset: Asset, work: Work) -> Asset:
    is_wanted = work.hashing == "always" or (work.hashing == "auto" and asset.content.size <= HASH_UP_TO)
    if not is_wanted or asset.kind is not Kind.FILE:
        return asset
    return replace(asset, digest=digest(asset.content))


def _examine_cached(asset: Asset, work: Work, out: Examination) -> Examination:
    if work.cache is None or asset.digest is None:
        return examine(asset, out)
    found = work.cache.find(asset)
    if found is None:
        found = examine(asset, out)
        work.cache.keep(asset, found)
    return found


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise OverBudget(f"took more than {seconds} seconds")

    try:
        before = signal.signal(signal.SIGALRM, stop)
    except ValueError:  # not in the main thread: the caller has its own clock
        yield
        return
    # Repeats each second, so that work which swallows the first alarm is stopped by the next.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# Workers inherit these by fork: assets hold open files and caches, which do not travel.
_shared: tuple[Sequence[Asset], Work] = ((), Work())


def _in_pool(
    assets: Sequence[Asset], work: Work, jobs: int, done: Callable[[Asset], None] | None
) -> list[Examination]:
    global _shared
    _shared = (assets, work)
    gc.freeze()
    results: dict[int, Examination] = {}
    suspects = _run(_chunks(assets, jobs), jobs, results, done)
    # A worker died, and with it the pool: one chunk, then one asset at a time shows which it was.
    for chunk in suspects:
        for index in chunk if _run([chunk], 1, results, done) else ():
            if _run([range(index, index + 1)], 1, results, done):
                results[index] = _killed(assets[index])
    return [results[index] for index in range(len(assets))]


def _chunks(assets: Sequence[Asset], jobs: int) -> list[range]:
    """The assets' indices in runs; small files share one, a large file ends its own."""
    most = max(1, min(CHUNK, len(assets) // (jobs * CHUNKS_A_JOB)))
    chunks: list[range] = []
    start, held = 0, 0
    for index, asset in enumerate(assets, 1):
        held += asset.content.size
        if index - start >= most or held >= CHUNK_BYTES or index == len(assets):
            chunks.append(range(start, index))
            start, held = index, 0
    return chunks


def _run(
    chunks: Sequence[range],
    jobs: int,
    results: dict[int, Examination],
    done: Callable[[Asset], None] | None,
) -> list[range]:
    """Run the chunks; the chunks that are returned were lost because a worker died."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    lost: list[range] = []
    with ProcessPoolExecutor(jobs, get_context("fork"), _start_worker) as pool:
        futures: dict[Future[list[Examination]], range] = {}
        for chunk in chunks:
            futures[pool.submit(_examine_chunk, chunk)] = chunk
        for future in as_completed(futures):
            chunk = futures[future]
            try:
                for index, out in zip(chunk, future.result(), strict=True):
                    results[index] = _told(done, _shared[0][index], out)
            except BrokenProcessPool:
                lost.append(chunk)
    return sorted(lost, key=lambda each: each.start)


def _start_worker() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (WORKER_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    gc.set_threshold(COLLECT_FROM)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent tells its workers to stop


def _examine_chunk(chunk: range) -> list[Examination]:
    assets, work = _shared
    return [_examine_bounded(assets[index], work) for index in chunk]


def _killed(asset: Asset) -> Examination:
    gap = Gap(Place(asset.locator), "over-budget", "its examination was killed, perhaps for memory")
    return Examination([Examined(asset.locator, asset.content.size)], [], [gap])
