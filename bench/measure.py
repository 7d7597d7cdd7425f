"""Run a command and say what it cost."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Seconds of wall and CPU time (children included), peak RSS in MiB of the largest process."""

    wall: float
    cpu: float
    rss: float
    code: int
    output: str


def measure(command: Sequence[str], timeout: float = 100.0) -> Cost:
    """The cost of one run; code -9 if it was stopped at the timeout (seconds)."""
    # Peers leave files where they run.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        child = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env=_environment(), cwd=folder
        )
        timer = threading.Timer(timeout, child.kill)
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        timer.cancel()
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    return Cost(wall, usage.ru_utime + usage.ru_stime, _mib(usage), child.returncode, text)


def median(command: Sequence[str], runs: int = 3, timeout: float = 100.0) -> Cost:
    """The run with the median CPU time; one run only where the first was stopped or took long."""
    costs = [measure(command, timeout)]
    if costs[0].wall < timeout / 4:
        costs += [measure(command, timeout) for _ in range(runs - 1)]
    wanted = statistics.median_low([each.cpu for each in costs])
    return next(each for each in costs if each.cpu == wanted)


def _mib(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / 1024


def _environment() -> dict[str, str]:
    return {**os.environ, "NO_ANALYTICS": "1", "PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_COLOR": "1"}
