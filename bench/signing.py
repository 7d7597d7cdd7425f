"""`just bench signing`: sign and verify beside the reference signer, and beside what hashing alone costs.

python -m bench.signing [--runs N]

The reference lives in an environment of its own (tests/conformance/test_model_signing.py installs it).
The floor is SHA-256 of the same files by two threads that do nothing else. Runs take turns, so that a busy
machine is busy for all; what counts are the ratios of the medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from bench.inputs import HOME as INPUTS
from bench.measure import Cost, measure
from bench.peers import HOME

LARGE, SMALL = (4, 1 << 30), (5_000, 4_096)  # files, bytes of each
TIMEOUT = 300.0  # seconds
# A program of its own: what it costs to hash every file, two at a time, and to do nothing else.
FLOOR = """
import hashlib, pathlib, sys
from concurrent.futures import ThreadPoolExecutor

def digest(path):
    state, buffer = hashlib.sha256(), memoryview(bytearray(1 << 17))
    with path.open("rb", buffering=0) as source:
        while count := source.readinto(buffer):
            state.update(buffer[:count])

with ThreadPoolExecutor(2) as pool:
    list(pool.map(digest, sorted(pathlib.Path(sys.argv[1]).iterdir())))
"""
HAUBERK = [sys.executable, "-m", "hauberk"]
STOCK = HOME / "model-signing" / "bin"


def folder_of(files: int, size: int) -> Path:
    """A model of so many files that look random, made once."""
    folder = INPUTS / f"sign-{files}x{size}"
    if len(list(folder.glob("*.bin"))) == files:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    block = os.urandom(min(size, 1 << 26))
    for number in range(files):
        with (folder / f"{number:05}.bin").open("wb") as target:
            target.write(number.to_bytes(8, "little"))
            for start in range(0, size, len(block)):
                target.write(block[: min(len(block), size - start)])
    return folder


def _rows(folder: Path, keys: Path) -> dict[str, Sequence[str]]:
    stock = str(STOCK / "model_signing")
    own, other = str(keys / "own.sig"), str(keys / "other.sig")
    private, public = str(keys / "key"), str(keys / "key.pub")
    return {
        "SHA-256 by two threads": [sys.executable, "-c", FLOOR, str(folder)],
        "hauberk sign": [*HAUBERK, "sign", str(folder), "-k", private, "-s", own],
        "model_signing sign": [
            stock, "sign", "key", str(folder), "--private_key", private, "--signature", other,
        ],
        "hauberk verify": [*HAUBERK, "verify", str(folder), "-s", own, "-p", public],
        "model_signing verify": [
            stock, "verify", "key", str(folder), "--public_key", public, "--signature", other,
        ],
    }  # fmt: skip


def _table(title: str, folder: Path, runs: int) -> None:
    with tempfile.TemporaryDirectory() as keys:
        made = measure([*HAUBERK, "keygen", f"{keys}/key"])
        assert made.code == 0, made.output
        rows = _rows(folder, Path(keys))
        costs: dict[str, list[Cost]] = {name: [] for name in rows}
        for _ in range(runs):
            for name, command in rows.items():
                cost = measure(command, TIMEOUT)
                assert cost.code == 0, f"{name}: {cost.output[-500:]}"
                costs[name].append(cost)
    walls = {name: statistics.median(each.wall for each in found) for name, found in costs.items()}
    print(f"\n{title}\n\n| | wall s | CPU s | RSS MiB | of the floor's wall | of the reference's |")
    print("|---|---|---|---|---|---|")
    for name, found in costs.items():
        cpu = statistics.median(each.cpu for each in found)
        rss = max(each.rss for each in found)
        reference = walls.get(name.replace("hauberk", "model_signing"), walls[name])
        ratios = f"{walls[name] / walls['SHA-256 by two threads']:.2f} | {walls[name] / reference:.2f}"
        print(f"| {name} | {walls[name]:.2f} | {cpu:.2f} | {rss:.0f} | {ratios} |")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=3)
    chosen = arguments.parse_args()
    for title, shape in (("4 x 1 GiB", LARGE), ("5,000 x 4 KiB", SMALL)):
        _table(title, folder_of(*shape), chosen.runs)
    told = "from importlib.metadata import version; print(version('model-signing'))"
    reference = measure([str(STOCK / "python"), "-c", told])
    print(f"\nhauberk {version('hauberk')}, model_signing {reference.output.strip()}")


if __name__ == "__main__":
    main()
