"""Counters of the registry, in the text format of Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from aiohttp import web

BOUNDS = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0)  # seconds
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})


@dataclass(slots=True)
class Metrics:
    """What was asked, what was answered, and how long that took."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    taken: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def count(self, method: str, status: int, seconds: float) -> None:
        """Note an answer. Methods that nobody defined count as one, so that strangers add no series."""
        self.answers[method if method in METHODS else "OTHER", status] += 1
        self.taken[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def text(self) -> str:
        """All of it. Source: Prometheus, exposition formats, text 0.0.4."""
        name = "hauberk_registry_request"
        lines = [f"# HELP {name}s_total Requests by method and status.", f"# TYPE {name}s_total counter"]
        for (method, status), count in sorted(self.answers.items()):
            lines.append(f'{name}s_total{{method="{method}",status="{status}"}} {count}')
        lines += [f"# HELP {name}_seconds Time to answer.", f"# TYPE {name}_seconds histogram"]
        total = 0
        for bound, count in zip((*BOUNDS, "+Inf"), self.taken, strict=True):
            total += count
            lines.append(f'{name}_seconds_bucket{{le="{bound}"}} {total}')
        lines += [f"{name}_seconds_sum {self.seconds:.6f}", f"{name}_seconds_count {total}"]
        return "\n".join(lines) + "\n"


METRICS = web.AppKey("metrics", Metrics)
