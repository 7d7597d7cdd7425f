"""Licence expressions, and whether they leave a way to comply with what is allowed.

Source: SPDX specification 3.0.1, annex B (licence expressions): OR binds less than AND, AND less than
WITH; identifiers and operators are compared without case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from hauberk.core.errors import Malformed

MAX_EXPRESSION = 2000  # characters
MAX_DEPTH = 20  # parentheses inside each other
TOKEN = re.compile(r"\s*([()]|[A-Za-z0-9][A-Za-z0-9.:+-]*)")
OPERATORS = ("and", "or", "with")
# "No assertion" and "none" are licences of nobody: they allow nothing.
NOTHING = ("noassertion", "none")


@dataclass(frozen=True, slots=True)
class Allowance:
    """Which licences are allowed: globs over `id` and `id WITH exception`; denied ones are taken out."""

    allowed: tuple[str, ...]
    denied: tuple[str, ...] = ()

    def permits(self, expression: str) -> bool:
        """Whether one can comply with the expression by allowed licences only.

        Raises Malformed for what is no licence expression.
        """
        return _Reader(expression, self).whole()

    def permits_one(self, licence: str, exception: str = "") -> bool:
        """Whether a single licence is allowed, with its exception if it has one.

        An exception only ever gives more rights, so a licence that is allowed stays so with one. `X+` and
        `X-or-later` include X itself.
        """
        if licence in NOTHING:
            return False
        names = [*_spellings(licence), *([f"{licence} with {exception}"] if exception else [])]
        return _matches(names, self.allowed) and not _matches(names, self.denied)


def _spellings(licence: str) -> list[str]:
    """The licence and, for `or later`, the version that it starts from."""
    stem = licence.removesuffix("+").removesuffix("-or-later")
    return [licence] if stem == licence else [licence, f"{stem}+", f"{stem}-or-later", f"{stem}-only", stem]


def _matches(names: Iterable[str], globs: Iterable[str]) -> bool:
    lower = [" ".join(each.lower().split()) for each in globs]
    return any(fnmatchcase(name, each) for name in names for each in lower)


class _Reader:
    """A recursive descent over the tokens that judges while it reads; its depth is bounded."""

    def __init__(self, expression: str, allowance: Allowance) -> None:
        if len(expression) > MAX_EXPRESSION:
            raise Malformed(f"a licence expression of {len(expression)} characters")
        self.expression, self.allowance = expression, allowance
        self.tokens = _tokens(expression)
        self.at = self.depth = 0

    def whole(self) -> bool:
        found = self._any()
        if self.at < len(self.tokens):
            raise self._wrong()
        return found

    def _any(self) -> bool:
        found = self._all()
        while self._take("or"):
            following = self._all()
            found = found or following
        return found

    def _all(self) -> bool:
        found = self._one()
        while self._take("and"):
            following = self._one()
            found = found and following
        return found

    def _one(self) -> bool:
        if self._take("("):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise Malformed(f"a licence expression with more than {MAX_DEPTH} levels")
            found = self._any()
            self.depth -= 1
            if not self._take(")"):
                raise self._wrong()
            return found
        licence = self._name()
        return self.allowance.permits_one(licence, self._name() if self._take("with") else "")

    def _name(self) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else ")"
        if token in ("(", ")", *OPERATORS):
            raise self._wrong()
        self.at += 1
        return token

    def _take(self, token: str) -> bool:
        is_there = self.at < len(self.tokens) and self.tokens[self.at] == token
        self.at += is_there
        return is_there

    def _wrong(self) -> Malformed:
        return Malformed(f"no SPDX licence expression: {self.expression[:80]!r}")


def _tokens(expression: str) -> list[str]:
    found, at = [], 0
    text = expression.rstrip()
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            raise Malformed(f"no SPDX licence expression: {expression[:80]!r}")
        found.append(token[1].lower())
        at = token.end()
    return found
