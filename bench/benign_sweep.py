"""False alarms: saves what real libraries make, and scans it. Every finding or gap is one too many.

python bench/benign_sweep.py make FOLDER [LIBRARY ...]     in an environment with the libraries
python bench/benign_sweep.py scan FOLDER [TEXT ...]        in an environment with hauberk
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def make(folder: Path, libraries: list[str]) -> None:
    """Write one file for each specimen and way of saving it; tell what could not be saved."""
    sys.path.insert(0, str(HERE))
    from tools.policy.saving import SUFFIXES, saved
    from tools.policy.specimens import MADE_BY, specimens

    for library in libraries or MADE_BY:
        count = 0
        (folder / library).mkdir(parents=True, exist_ok=True)
        for each in specimens(library):
            for way in each.ways:
                try:
                    octets = saved(each.value, way)
                except Exception as error:
                    sys.stderr.write(f"cannot save {library} {each.name} {way}: {str(error)[:120]}\n")
                    continue
                (folder / library / f"{each.name}{SUFFIXES[way]}").write_bytes(octets)
                count += 1
        print(f"{library}: {count} files", flush=True)


def scan(folder: Path, wanted: list[str]) -> int:
    """Print every finding and gap; 1 if there is any."""
    from hauberk.core.asset import Asset, Bytes
    from hauberk.scan.examine import examine

    files = sorted(p for p in folder.rglob("*") if p.is_file())
    files = [p for p in files if not wanted or any(text in str(p) for text in wanted)]
    bad, why = 0, Counter[str]()
    start = time.process_time()
    for path in files:
        found = examine(Asset(str(path.relative_to(folder)), Bytes(path.read_bytes())))
        bad += bool(found.findings or found.gaps)
        for finding in found.findings:
            print(f"FINDING {finding.place} {finding.rule} {finding.message}")
            why[f"FINDING {finding.rule} {finding.subject}"] += 1
        for gap in found.gaps:
            print(f"GAP {gap.place} {gap.reason} {gap.message}")
            why[f"GAP {gap.reason} {gap.message}"] += 1
    for line, count in why.most_common(60):
        print(f"{count:6} {line}")
    seconds = time.process_time() - start
    print(f"{len(files)} files, {bad} not clean, {len(files) / max(seconds, 1e-9):.0f} files a CPU second")
    return int(bad > 0)


if __name__ == "__main__":
    mode, where, *rest = sys.argv[1:]
    if mode == "make":
        make(Path(where), rest)
    else:
        sys.exit(scan(Path(where), rest))
