"""Verdicts: what a policy makes of a report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Word(StrEnum):
    """The three words of a verdict. Unknown is never a pass."""

    PASS = "pass"  # everything was examined and nothing stops  # noqa: S105  # a word, no password
    STOP = "stop"  # a finding stops
    UNKNOWN = "unknown"  # nothing stops, but something could not be examined, or nothing was


# The same for every output format; 2 is a usage error and 4 a bug of Hauberk's own.
EXIT_CODES = {Word.PASS: 0, Word.STOP: 1, Word.UNKNOWN: 3}
EXIT_USAGE = 2
EXIT_BUG = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word, and the reasons in sentences."""

    word: Word
    reasons: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """What the process returns."""
        return EXIT_CODES[self.word]
