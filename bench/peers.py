"""The peers: how each is installed in an environment of its own, run, and read."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parent / "out" / "peers"


@dataclass(frozen=True)
class Peer:
    """One scanner: what pip installs, its command on a path, and whether its output says 'stop'."""

    name: str
    requirement: tuple[str, ...]
    command: Callable[[Path, str], list[str]]
    stops: Callable[[int, str], bool]

    @property
    def bin(self) -> Path:
        return HOME / self.name / "bin"

    def install(self) -> None:
        if not (self.bin / "python").exists():
            venv.create(HOME / self.name, with_pip=True)
            subprocess.run([self.bin / "pip", "install", "-q", *self.requirement], check=True)

    def version(self) -> str:
        package = self.requirement[0].partition("[")[0]
        code = f"import importlib.metadata as m; print(m.version({package!r}))"
        return subprocess.run(
            [self.bin / "python", "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()


def _modelscan_stops(rc: int, out: str) -> bool:
    return rc == 1


def _hayward_stops(rc: int, out: str) -> bool:
    return rc == 1


PEERS = [
    Peer(
        "modelscan",
        ("modelscan",),
        lambda env, path: [str(env / "modelscan"), "-p", path],
        _modelscan_stops,
    ),
    Peer(
        "picklescan",
        ("picklescan", "numpy", "py7zr"),
        lambda env, path: [str(env / "picklescan"), "-p", path],
        lambda rc, out: rc == 1,
    ),
    Peer(
        "fickling",
        ("fickling", "typing_extensions"),
        lambda env, path: [str(env / "fickling"), "--check-safety", path],
        lambda rc, out: rc == 1,
    ),
    Peer(
        "hayward",
        ("hayward",),
        lambda env, path: [str(env / "hayward"), "scan", path],
        _hayward_stops,
    ),
    Peer(
        "modelaudit",
        ("modelaudit",),
        lambda env, path: [str(env / "modelaudit"), "scan", path],
        lambda rc, out: rc == 1,
    ),
]


def installed() -> list[Peer]:
    """The peers, installed now where they were not."""
    for peer in PEERS:
        peer.install()
    return PEERS


def hauberk(path: str, *options: str) -> list[str]:
    """Our own command, from this interpreter's environment."""
    return [str(Path(sys.executable).parent / "hauberk"), "scan", *options, path]


if __name__ == "__main__":
    print(json.dumps({peer.name: peer.version() for peer in installed()}, indent=2))
