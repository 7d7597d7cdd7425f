"""Score Hauberk on the corpus: what each family's samples come to, and the misses by name.

python -m tests.corpus.score FOLDER [PREFIX...]
"""

from __future__ import annotations

import shutil
import sys
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hauberk.core.asset import Asset
from hauberk.core.finding import Finding, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import severity_of
from hauberk.rules import load
from hauberk.scan.examine import Examination, examine
from hauberk.sources.disk import assets_under
from tests.corpus.technique import Technique, benign, malicious


@dataclass(frozen=True, slots=True)
class Score:
    """What became of one sample: `caught`, `gap`, `missed` or `crash`, what was said, and by which rules.

    `rules` are those that found it, or, of a gap, those that could not decide.
    """

    technique: Technique
    word: str
    said: tuple[str, ...]
    rules: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return f"{self.technique.family}/{self.technique.name}"


def score(each: Technique, folder: Path) -> Score:
    """The technique written below the folder and scanned."""
    sample = each.write(folder)
    return scan(each, sample if each.is_file else folder / each.family / each.name)


def scan(each: Technique, home: Path) -> Score:
    """What Hauberk says of the file or of all files below the folder `home`."""
    try:
        findings, gaps = _examined(home)
    except Exception:  # a crash is a result of its own, and is counted as one
        return Score(each, "crash", tuple(traceback.format_exc().splitlines()[-4:]))
    word = "caught" if findings else "gap" if gaps else "missed"
    told: Sequence[Finding | Gap] = findings or gaps
    return Score(each, word, tuple(map(_told, told)), frozenset(one.rule for one in told) - {""})


def _examined(home: Path) -> tuple[list[Finding], list[Gap]]:
    findings: list[Finding] = []
    gaps: list[Gap] = []
    for asset in assets_under(home):
        held = examine(asset) if isinstance(asset, Asset) else Examination(gaps=[asset])
        findings += [one for one in held.findings if severity_of(one, load()) >= Severity.MEDIUM]
        gaps += held.gaps
    return findings, gaps


def _told(one: Finding | Gap) -> str:
    reason = one.reason if isinstance(one, Gap) else ""
    return f"{one.rule}{reason} {one.place.locator.split('/')[-1]}: {one.message}"[:240]


def scores(techniques: Iterable[Technique], folder: Path) -> Iterator[Score]:
    """The scores of all that this environment can make; what cannot be built is said on stderr."""
    for each in techniques:
        if not each.is_possible:
            continue
        shutil.rmtree(folder / each.family / each.name, ignore_errors=True)
        try:
            yield score(each, folder)
        except ImportError as error:
            print(f"cannot build {each.family}/{each.name}: {error}", file=sys.stderr)


def table(found: Iterable[Score]) -> str:
    """A line for each family, then what is not as it should be by name."""
    by_family: dict[str, list[Score]] = defaultdict(list)
    for each in found:
        by_family[each.technique.family].append(each)
    lines = [f"{'family':27}{'samples':>8}{'caught':>8}{'gap':>6}{'missed':>8}{'crash':>7}"]
    odd = []
    columns = (("caught", 8), ("gap", 6), ("missed", 8), ("crash", 7))
    for family, held in by_family.items():
        words = Counter(each.word for each in held)
        cells = "".join(f"{words[word]:{width}}" for word, width in columns)
        lines.append(f"{family:27}{len(held):8}{cells}")
        expected = "missed" if family.startswith("benign") else "caught"
        odd += [each for each in held if each.word != expected]
    lines.append("")
    lines += [
        f"{each.word:7} {each.name} ({each.technique.file}): {' | '.join(each.said[:2])}" for each in odd
    ]
    return "\n".join(lines)


def main() -> None:
    folder, prefixes = Path(sys.argv[1]), tuple(sys.argv[2:]) or ("",)
    chosen = [each for each in (*malicious(), *benign()) if f"{each.family}/{each.name}".startswith(prefixes)]
    print(table(list(scores(chosen, folder))))


if __name__ == "__main__":
    main()
