"""Rules: metadata, check, documentation and examples in one place.

A rule is a generator from one View type to Findings (or Gaps). The decorator registers it;
dispatch, docs, SARIF descriptors, framework tables, `hauberk explain` and tests derive from it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_type_hints

from hauberk.core.finding import Confidence, Finding, Severity
from hauberk.core.gap import Gap
from hauberk.core.view import View

Check = Callable[[Any], Iterator[Finding | Gap]]
Build = Callable[[], bytes]
RULE_ID = re.compile(r"(CLD|DAT|COD|DEP|MDL|PIP|IMG|TRN|DPL|INF|GOV)\d{3}")


@dataclass(frozen=True, slots=True)
class Sample:
    """A file that a rule must (bad) or must not (good) report: bytes, or a function that makes them.

    `beside` holds further files of the same folder, for rules about folders; then `name` may
    have slashes.
    """

    name: str
    octets: bytes | Build
    beside: Mapping[str, bytes] = field(default_factory=dict)

    def files(self) -> dict[str, bytes]:
        """Every file of the sample by name."""
        made = self.octets if isinstance(self.octets, bytes) else self.octets()
        return {self.name: made, **self.beside}


@dataclass(frozen=True, slots=True)
class Rule:
    """A check with everything that is said about it."""

    id: str
    slug: str
    severity: Severity
    confidence: Confidence
    persona: str
    maps: tuple[str, ...]
    check: Check
    view: type[View]
    bad: tuple[Sample, ...]
    good: tuple[Sample, ...]

    @property
    def title(self) -> str:
        """The docstring's first line."""
        return (self.check.__doc__ or "").strip().partition("\n")[0].strip()

    @property
    def why(self) -> str:
        """What can happen."""
        return self._part("Why")

    @property
    def remediation(self) -> str:
        """What to do."""
        return self._part("Remediation")

    @property
    def source(self) -> str:
        """Who says so."""
        return self._part("Source")

    def _part(self, name: str) -> str:
        return _part_of(self.check.__doc__ or "", name)


@cache
def _part_of(text: str, name: str) -> str:
    """One part of a rule's docstring, on one line; asked once a finding, and rules are few."""
    doc = inspect.cleandoc(text)
    found = re.search(rf"^{name}:(.*?)(?=^(?:Why|Remediation|Source):|\Z)", doc, re.S | re.M)
    return " ".join(found[1].split()) if found else ""


_rules: dict[str, Rule] = {}


def rule(
    id: str,
    severity: Severity,
    *,
    bad: Sequence[Sample],
    good: Sequence[Sample],
    confidence: Confidence = Confidence.HIGH,
    persona: str = "ml-engineer",
    maps: Sequence[str] = (),
) -> Callable[[Check], Check]:
    """Register the decorated generator; its first parameter's type says which views it judges."""

    def register(check: Check) -> Check:
        if not RULE_ID.fullmatch(id):
            raise ValueError(f"{id!r} is not a rule id")
        if id in _rules:
            raise ValueError(f"{id} is taken by {_rules[id].slug}")
        view = next(hint for name, hint in get_type_hints(check).items() if name != "return")
        _rules[id] = Rule(
            id, check.__name__, severity, confidence, persona, tuple(maps), check, view,
            tuple(bad), tuple(good),
        )  # fmt: skip
        return check

    return register


def registered() -> dict[str, Rule]:
    """Every rule imported so far, by id, in id order. `hauberk.rules.load()` imports them all."""
    return dict(sorted(_rules.items()))


def severity_of(finding: Finding, rules: Mapping[str, Rule]) -> Severity:
    """The finding's own severity, or its rule's; HIGH for a rule that nobody knows."""
    if finding.severity is not None:
        return finding.severity
    return rules[finding.rule].severity if finding.rule in rules else Severity.HIGH
