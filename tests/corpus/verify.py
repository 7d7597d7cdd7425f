"""Verify that samples do what they claim: load each with the real loader, in a bounded child process.

python -m tests.corpus.verify FOLDER [PREFIX...]     generate all live techniques there and verify them
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.corpus.loaders import LOADERS, prepare
from tests.corpus.payload import MARK
from tests.corpus.technique import Technique, malicious

MEMORY = 4 << 30  # bytes: torch reserves more than one gigabyte of addresses by itself
CPU_SECONDS = 20
WALL_SECONDS = 25.0
STARVED = 77  # the child's exit status after MemoryError or RecursionError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one load: the effect appeared, or the last line of the error."""

    technique: Technique
    happened: bool
    error: str


def verify(sample: Path, each: Technique) -> Outcome:
    """Load the sample in a child whose working folder is a copy of the sample's folder."""
    # No TemporaryDirectory: the child runs exit functions, and would delete it.
    scratch = Path(tempfile.mkdtemp())
    try:
        return _outcome(sample, each, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _outcome(sample: Path, each: Technique, scratch: Path) -> Outcome:
    home, log = scratch / "home", scratch / "log"
    shutil.copytree(sample.parent, home)
    child = os.fork()
    if child == 0:
        _load(home, log, sample.name, each)
    status = _wait(child)
    heard = log.read_text(errors="replace").splitlines() if log.exists() else []
    if each.effect == "mark":
        happened = _is_marked(home)
    elif each.effect == "harm":
        happened = status is None or os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == STARVED
    else:
        happened = f"AUDIT {each.effect}" in heard
    error = next((line for line in reversed(heard) if line.startswith("ERROR")), "")
    return Outcome(each, happened, error or f"status {status}")


def _is_marked(home: Path) -> bool:
    # Commands that the child left behind may need a moment.
    for _ in range(40):
        if any(home.glob(MARK + "*")):
            return True
        time.sleep(0.005)
    return False


def _wait(child: int) -> int | None:
    end = time.monotonic() + WALL_SECONDS
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _load(home: Path, log: Path, name: str, each: Technique) -> None:
    """In the child: never returns."""
    os.environ["HAUBERK_MARK"] = str(home / MARK)
    os.environ["BROWSER"] = "true"
    os.chdir(home)
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    if each.effect not in ("mark", "harm"):
        line = f"AUDIT {each.effect}\n".encode()
        sys.addaudithook(lambda event, _: os.write(out, line) if event == each.effect else None)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    status = 0
    try:
        LOADERS[each.load.partition(":")[0]](name)
    except BaseException as error:  # the payload has run or not, whatever the loader says
        starved = isinstance(error, MemoryError | RecursionError)
        status = STARVED if starved else 1
        os.write(out, f"ERROR {type(error).__name__}: {str(error)[:300]!r}\n".encode(errors="replace"))
    try:
        import atexit
        import threading

        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    finally:
        os._exit(status)


def verify_all(techniques: Iterable[Technique], folder: Path) -> list[Outcome]:
    """Write and verify every technique that has a loader here."""
    live = [each for each in techniques if each.live and each.is_possible]
    live.sort(key=lambda each: each.load)
    out = []
    for each in live:
        try:
            prepare(each.load)
            out.append(verify(each.write(folder), each))
        except Exception as error:  # a builder that fails is reported like a sample that does not fire
            out.append(Outcome(each, False, f"build: {error!r}"))
    return out


def main() -> None:
    folder = Path(sys.argv[1])
    prefixes = tuple(sys.argv[2:]) or ("",)
    outcomes = verify_all([e for e in malicious() if f"{e.family}/{e.name}".startswith(prefixes)], folder)
    for each in outcomes:
        if not each.happened:
            print(f"NOT LIVE {each.technique.family}/{each.technique.name}: {each.error}")
    print(f"{sum(each.happened for each in outcomes)} of {len(outcomes)} fired")


if __name__ == "__main__":
    main()
