"""What one request, one upload and one caller may take of the registry."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from hauberk.core.errors import OverBudget

MAX_CALLERS = 10_000  # whose rate is remembered; the ones longest silent are forgotten first


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    blob: int = 1 << 40  # 1 TiB: larger than any open model's largest file
    plain: int = 1 << 20  # a file that travels inside of the commit, which is parsed in memory
    commit: int = 1 << 30  # one commit's request, which is read line by line
    whole: int = 50_000_000_000  # a file that stock clients read whole; a larger one they read in parts
    json: int = 8 << 20  # any other request: a preupload of 1,000 files with samples takes 1 MiB
    files: int = 10_000  # operations in one commit
    silence: float = 60.0  # until the next octet of a request's body
    requests: int = 6_000  # a minute and caller; a snapshot of 1,000 files asks 2,000 times


@dataclass(slots=True)
class Rates:
    """Who asked how often lately: a bucket for each caller, which fills evenly."""

    per_minute: int
    buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, caller: str) -> float:
        """0, or for how many seconds the caller should wait."""
        now = time.monotonic()
        full, since = self.buckets.pop(caller, (float(self.per_minute), now))
        full = min(float(self.per_minute), full + (now - since) * self.per_minute / 60)
        wait = 0.0 if full >= 1 else (1 - full) * 60 / self.per_minute
        self.buckets[caller] = (full if wait else full - 1, now)
        if len(self.buckets) > MAX_CALLERS:
            self.buckets.popitem(last=False)
        return wait


def check_size(size: int, limit: int, what: str) -> int:
    """The size, which is 0 or more and within the limit. Raises OverBudget."""
    if not 0 <= size <= limit:
        raise OverBudget(f"{what} of {size} bytes, and the limit is {limit}")
    return size
