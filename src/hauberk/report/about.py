"""What a report says about the scan itself; the caller knows it, no format looks it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hauberk.core.finding import Finding, Severity
from hauberk.core.rule import Rule, severity_of
from hauberk.core.verdict import Verdict

DEFAULT_WIDTH = 100  # columns: what a report is folded to where no terminal says otherwise
EPOCH = "1970-01-01T00:00:00Z"  # stands where a format demands a time and the caller gave none


@dataclass(frozen=True, slots=True)
class Screen:
    """What the terminal can do: its width in columns, and whether it shows colours."""

    width: int = DEFAULT_WIDTH
    is_coloured: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """The scan: who looked, at what, what the policy made of it, and by which rules.

    `seconds` is how long the scan took and `at` when it ended (ISO 8601, UTC); leave both out
    and every format is a pure function of what was found. `stop` is the lowest severity that stops;
    `stop_at` gives it for a locator, where paths have their own.
    """

    version: str
    targets: tuple[str, ...]
    verdict: Verdict
    stop: Severity = Severity.MEDIUM
    seconds: float | None = None
    at: str = ""
    rules: Mapping[str, Rule] = field(default_factory=dict)
    screen: Screen = Screen()
    stop_at: Callable[[str], Severity] | None = None

    def severity(self, finding: Finding) -> Severity:
        """The finding's own severity, or its rule's; HIGH for a rule that nobody knows."""
        return severity_of(finding, self.rules)

    def stops(self, finding: Finding) -> bool:
        """Whether the finding reaches the severity that stops at its place."""
        bar = self.stop_at(finding.place.locator) if self.stop_at else self.stop
        return self.severity(finding) >= bar
