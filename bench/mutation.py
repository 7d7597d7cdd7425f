"""Scan thousands of rewritten attacks: every mutant that still fires must be flagged.

    python -m bench.mutation --count 10000 [--verify]

`--verify` loads every mutant first, in a bounded child process, and counts only those that fire; it
needs an interpreter with joblib, numpy, pandas and torch.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from hauberk.core.asset import Asset, Bytes
from hauberk.core.finding import Severity
from hauberk.core.rule import severity_of
from hauberk.rules import load
from hauberk.scan.examine import examine
from tests.corpus.mutate import Mutant, mutants


def is_flagged(mutant: Mutant) -> bool:
    """A finding of medium severity or more."""
    found = examine(Asset(mutant.technique.file, Bytes(mutant.octets)))
    return any(severity_of(each, load()) >= Severity.MEDIUM for each in found.findings)


def fires(mutant: Mutant, folder: Path) -> bool:
    """The payload of the mutant runs."""
    from tests.corpus.loaders import prepare
    from tests.corpus.verify import verify

    prepare(mutant.technique.load)
    return verify(mutant.technique.write(folder), mutant.technique).happened


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verify", action="store_true")
    options = parser.parse_args()
    counted: Counter[str] = Counter()
    missed: list[str] = []
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for mutant in mutants(options.count, options.seed):
            if options.verify and not fires(mutant, Path(folder)):
                counted["inert"] += 1
                continue
            counted["live" if options.verify else "scanned"] += 1
            if is_flagged(mutant):
                counted["flagged"] += 1
            else:
                missed.append(
                    f"{mutant.technique.name} in {mutant.technique.file}: {', '.join(mutant.steps)}"
                )
    print(dict(counted), f"{time.perf_counter() - started:.1f} s")
    for each in missed[:200]:
        print("missed", each)


if __name__ == "__main__":
    main()
