"""Print the score table of the corpus; with `--peers`, each peer's catches and false positives beside ours.

python -m bench.corpus [--peers [--every N]] [FAMILY...]

A peer starts once for each sample, which takes hours for all of them; `--every 6` takes each sixth.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from bench.peers import Peer, installed
from tests.corpus.score import Score, scores, table
from tests.corpus.technique import benign, malicious

PEER_SECONDS = 100  # as long as a peer may take for one sample


def stops(peer: Peer, path: Path) -> str:
    """`stop`, `pass` or `error` of a peer about one sample."""
    try:
        command = peer.command(peer.bin, str(path))
        ran = subprocess.run(command, capture_output=True, text=True, timeout=PEER_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "error"
    if peer.stops(ran.returncode, ran.stdout):
        return "stop"
    return "pass" if ran.returncode in (0, 3) else "error"


def compare(found: list[Score], folder: Path) -> str:
    """A line for each peer: malicious and benign samples that it stops, and its errors."""
    lines = [f"{'scanner':14}{'malicious':>12}{'benign':>10}{'errors':>8}"]
    sides = [
        [each for each in found if each.technique.family.startswith("benign") is side]
        for side in (False, True)
    ]
    ours = [sum(each.word == "caught" for each in side) for side in sides]
    lines.append(f"{'hauberk':14}{ours[0]:6}/{len(sides[0]):<5}{ours[1]:5}/{len(sides[1]):<4}{0:8}")
    for peer in installed():
        words: Counter[tuple[int, str]] = Counter()
        for place, side in enumerate(sides):
            for each in side:
                home = folder / each.technique.family / each.technique.name
                words[place, stops(peer, home / each.technique.file if each.technique.is_file else home)] += 1
        errors = words[0, "error"] + words[1, "error"]
        lines.append(
            f"{peer.name:14}{words[0, 'stop']:6}/{len(sides[0]):<5}"
            f"{words[1, 'stop']:5}/{len(sides[1]):<4}{errors:8}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("family", nargs="*")
    options = parser.parse_args()
    chosen = [
        each for each in (*malicious(), *benign()) if not options.family or each.family in options.family
    ][:: options.every]
    with tempfile.TemporaryDirectory() as folder:
        found = list(scores(chosen, Path(folder)))
        print(table(found))
        if options.peers:
            print(compare(found, Path(folder)))


if __name__ == "__main__":
    main()
