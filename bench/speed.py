"""`just bench speed`: CPU, wall and memory of Hauberk and its peers on the same inputs, in one run.

python -m bench.speed [--peers] [--only NAME]
"""

from __future__ import annotations

import argparse
import sys

from bench.inputs import made
from bench.measure import Cost, median
from bench.peers import PEERS, hauberk, installed

TIMEOUT = 60.0  # seconds; a peer that takes longer is stopped, and said to be


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--peers", action="store_true", help="measure the peers too")
    arguments.add_argument("--only", default="", help="only inputs whose name contains this")
    chosen = arguments.parse_args()
    inputs = {name: path for name, path in made().items() if chosen.only in name}
    bare = median([sys.executable, "-I", "-S", "-c", "pass"], 9)
    help_page = median([hauberk("")[0], "--help"], 9)
    print(
        f"bare interpreter {bare.cpu * 1000:.0f} ms CPU; hauberk --help {help_page.cpu * 1000:.0f} ms CPU\n"
    )
    print("| input | tool | wall s | CPU s | RSS MiB | exit | CPU / ours |")
    print("|---|---|---|---|---|---|---|")
    for name, path in inputs.items():
        ours = median(hauberk(str(path), "--no-cache", "-o", "json=/dev/null"), 5, TIMEOUT)
        _row(name, "hauberk", ours, ours)
        for peer in installed() if chosen.peers else []:
            _row(name, peer.name, median(peer.command(peer.bin, str(path)), 3, TIMEOUT), ours)
    if chosen.peers:
        print("\n" + ", ".join(f"{peer.name} {peer.version()}" for peer in PEERS))


def _row(name: str, tool: str, cost: Cost, ours: Cost) -> None:
    stopped = " (stopped)" if cost.code == -9 else ""
    ratio = cost.cpu / max(ours.cpu, 0.001)
    print(
        f"| {name} | {tool} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.rss:.0f} |"
        f" {cost.code}{stopped} | {ratio:.1f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
