"""Patterns of policies: literal text, `*`, `?`, and policy variables.

Source: AWS IAM user guide, "IAM JSON policy elements: Resource" (wildcards of the last ARN segment go
beyond colons, those before stay within theirs), "Variables and tags" (`${*}`, `${?}`, `${$}`, defaults).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

# An ARN has six parts: five colons before the last.
ARN_COLONS = 5
# Compiled patterns that are remembered; one comparison of managed policies uses about 2,000.
REMEMBERED = 1 << 16
_VARIABLE = re.compile(r"\$\{\s*([*?$]|[^{},'*?$\s][^{},'*?$]*?)\s*(?:,\s*'([^']*)'\s*)?\}")


class Wild(Enum):
    """What a wildcard may stand for."""

    ANY = ".*"
    ONE = "."
    ANY_IN_SEGMENT = "[^:]*"
    ONE_IN_SEGMENT = "[^:]"

    @property
    def repeats(self) -> bool:
        """Whether it is a `*`."""
        return self in (Wild.ANY, Wild.ANY_IN_SEGMENT)

    @property
    def stays(self) -> bool:
        """Whether it stops at a colon."""
        return self in (Wild.ANY_IN_SEGMENT, Wild.ONE_IN_SEGMENT)


@dataclass(frozen=True, slots=True)
class Variable:
    """`${key, 'default'}`; the key in lower case."""

    key: str
    default: str | None = None


Part = str | Wild | Variable


@dataclass(frozen=True, slots=True)
class Glob:
    """A set of texts; `folds` if upper and lower case are one."""

    parts: tuple[Part, ...]
    folds: bool = False

    def matches(self, text: str) -> bool:
        """Whether the text is in the set; the pattern must have no variables."""
        return _regex(self).fullmatch(text) is not None

    @property
    def literal(self) -> str | None:
        """The one text that it matches, if it is one and case counts."""
        if self.folds or any(not isinstance(each, str) for each in self.parts):
            return None
        return "".join(str(each) for each in self.parts)

    @property
    def prefix(self) -> str:
        """What all its texts begin with."""
        return self.parts[0] if self.parts and isinstance(self.parts[0], str) else ""

    def variables(self) -> Iterator[Variable]:
        """The variables, in order."""
        return (each for each in self.parts if isinstance(each, Variable))

    def bound(self, values: Mapping[str, str | None]) -> Glob | None:
        """The pattern with the variables' values as text; None if one has no value: nothing is like it."""
        parts: list[Part] = []
        for each in self.parts:
            if not isinstance(each, Variable):
                parts.append(each)
                continue
            value = values.get(each.key)
            value = each.default if value is None else value
            if value is None:
                return None
            parts.append(value)
        return made(parts, self.folds)

    def relaxed(self) -> Glob:
        """A pattern that matches whatever this one does under any value of its variables."""
        if not any(isinstance(each, Variable) for each in self.parts):
            return self
        return made([Wild.ANY if isinstance(each, Variable) else each for each in self.parts], self.folds)

    def __str__(self) -> str:
        return "".join(_shown(each) for each in self.parts)


def _shown(part: Part) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Variable):
        return "${" + part.key + ("" if part.default is None else f", '{part.default}'") + "}"
    return "*" if part.repeats else "?"


def made(parts: list[Part], folds: bool) -> Glob:
    """The pattern of the parts, with texts joined, and `*` after `*` left out."""
    joined: list[Part] = []
    for each in parts:
        last = joined[-1] if joined else None
        if isinstance(each, str) and isinstance(last, str):
            joined[-1] = last + each
        elif each == "" or (each is last and isinstance(each, Wild) and each.repeats):
            continue
        else:
            joined.append(each)
    return Glob(tuple(joined), folds)


def text_glob(text: str, folds: bool = False) -> Glob:
    """The pattern that matches exactly this text."""
    return Glob((text,) if text else (), folds)


@lru_cache(maxsize=REMEMBERED)
def like(text: str, has_variables: bool, folds: bool = False) -> Glob:
    """The pattern of StringLike: wildcards go over everything."""
    return made(list(_parts(text, has_variables, wild=True)), folds)


@lru_cache(maxsize=REMEMBERED)
def equal(text: str, has_variables: bool, folds: bool = False) -> Glob:
    """The pattern of StringEquals: no wildcards, but variables."""
    return made(list(_parts(text, has_variables, wild=False)), folds)


@lru_cache(maxsize=REMEMBERED)
def arn_like(text: str, has_variables: bool) -> Glob:
    """The pattern of Resource and ArnLike: only wildcards of its last segment go beyond colons."""
    parts = list(_parts(text, has_variables, wild=True))
    colons = min(ARN_COLONS, sum(each.count(":") for each in parts if isinstance(each, str)))
    found: list[Part] = []
    for each in parts:
        if isinstance(each, str):
            colons -= each.count(":")
        elif isinstance(each, Wild) and colons > 0:
            each = Wild.ANY_IN_SEGMENT if each.repeats else Wild.ONE_IN_SEGMENT
        found.append(each)
    return made(found, False)


def _parts(text: str, has_variables: bool, wild: bool) -> Iterator[Part]:
    at = 0
    if has_variables:
        for variable in _VARIABLE.finditer(text):
            yield from _wildcards(text[at : variable.start()], wild)
            name, default = variable.groups()
            yield name if name in "*?$" else Variable(name.lower(), default)
            at = variable.end()
    yield from _wildcards(text[at:], wild)


def _wildcards(text: str, wild: bool) -> Iterator[Part]:
    if not wild:
        yield text
        return
    for each in re.split(r"([*?])", text):
        yield Wild.ANY if each == "*" else Wild.ONE if each == "?" else each


@lru_cache(maxsize=REMEMBERED)
def _regex(glob: Glob) -> re.Pattern[str]:
    """The pattern without backtracking into an earlier `*`: its first way to go on is as good as any.

    True of `*` that stay in a segment too: a colon ends them, and only one stretch of text ends there.
    """
    pieces = [re.escape(each) if isinstance(each, str) else _wildcard(each) for each in glob.parts]
    stars = [n for n, each in enumerate(glob.parts) if isinstance(each, Wild) and each.repeats]
    kinds = [glob.parts[n] for n in stars]
    if Wild.ANY_IN_SEGMENT in kinds[kinds.index(Wild.ANY) :] if Wild.ANY in kinds else False:
        return re.compile("".join(pieces), _flags(glob))  # no grammar has such, and it may look back
    written = "".join(pieces[: stars[0]]) if stars else "".join(pieces)
    for n, star in enumerate(stars):
        after = "".join(pieces[star + 1 : stars[n + 1]]) if n + 1 < len(stars) else None
        tail = "".join(pieces[star + 1 :])
        written += pieces[star] + tail if after is None else f"(?>{pieces[star]}?{after})"
    return re.compile(written, _flags(glob))


def _flags(glob: Glob) -> re.RegexFlag:
    # Upper and lower case are one for ASCII only: what AWS does beyond is not documented.
    return re.DOTALL | (re.IGNORECASE | re.ASCII if glob.folds else re.RegexFlag(0))


def _wildcard(part: Part) -> str:
    if isinstance(part, Variable):
        raise ValueError(f"the variable {part.key} has no value here")
    assert isinstance(part, Wild)
    return part.value
