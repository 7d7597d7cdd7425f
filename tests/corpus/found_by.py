"""Which rules find which attack: what the corpus expects, as far as those rules exist.

python -m tests.corpus.found_by     writes the table anew, after a change that moves attacks between rules

A row of `found_by.txt` is `family/name: MDL001 MDL002`, each of which finds the attack by itself; or
`family/name: gap MDL043`, where nobody can judge it and MDL043 says so (a bare `gap` is the reader's own).
A rule that is deleted takes its expectations with it. A rule that exists has to keep them.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.corpus.score import Score, score
from tests.corpus.technique import Technique, malicious

TABLE = Path(__file__).with_suffix(".txt")
GAP = "gap"


@dataclass(frozen=True, slots=True)
class Row:
    """The rules that find one attack, or that could not judge it (`is_gap`)."""

    rules: frozenset[str]
    is_gap: bool = False

    def left(self, rules: Mapping[str, object]) -> frozenset[str]:
        """Those of its rules that exist."""
        return self.rules & rules.keys()

    def is_expected(self, rules: Mapping[str, object]) -> bool:
        """Whether somebody is left who must speak: a rule, or the reader of the format itself."""
        return bool(self.left(rules)) or (self.is_gap and not self.rules)


def named(each: Technique) -> str:
    """The attack's name in the table."""
    return f"{each.family}/{each.name}"


@cache
def found_by() -> Mapping[str, Row]:
    """The table, by name of the attack."""
    held: dict[str, Row] = {}
    for line in TABLE.read_text("utf-8").splitlines():
        name, _, rest = line.partition(": ")
        words = rest.split()
        held[name] = Row(frozenset(words) - {GAP}, GAP in words)
    return held


def row_of(each: Technique) -> Row | None:
    """What is expected of the attack; None where it was never built where the table was written."""
    return found_by().get(named(each))


def main() -> None:
    """Write the table; what cannot be built here keeps its row."""
    kept = found_by() if TABLE.exists() else {}
    rows: dict[str, Row] = {}
    with tempfile.TemporaryDirectory() as folder:
        for each in malicious():
            found = _scored(each, Path(folder))
            if found is None:
                rows |= {named(each): kept[named(each)]} if named(each) in kept else {}
            elif found.word in ("caught", GAP):
                rows[named(each)] = Row(found.rules, found.word == GAP)
            else:
                sys.stderr.write(f"{found.word}: {named(each)} {' | '.join(found.said)}\n")
    lines = [" ".join([f"{name}:", *[GAP] * row.is_gap, *sorted(row.rules)]) for name, row in rows.items()]
    TABLE.write_text("".join(f"{each}\n" for each in sorted(lines)), "utf-8")


def _scored(each: Technique, folder: Path) -> Score | None:
    """None where a library that builds the sample is not installed."""
    try:
        return score(each, folder)
    except ImportError:
        return None


if __name__ == "__main__":
    main()
