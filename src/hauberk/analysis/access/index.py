"""Statements by the resources that they can match, so that a question looks at few of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice
from sys import maxunicode

from hauberk.analysis.access.compiled import Ready
from hauberk.analysis.access.globs import Glob

_LAST = chr(maxunicode)


class Index:
    """Two patterns can only meet if the beginning of one is the beginning of the other's beginning."""

    def __init__(self, statements: Sequence[Ready]) -> None:
        self._statements = statements
        self._anywhere: list[int] = []
        begin: list[tuple[str, int]] = []
        for number, each in enumerate(statements):
            if each.resources is None or each.is_negated:
                self._anywhere.append(number)
            else:
                begin += {(glob.prefix, number) for glob in each.resources}
        self._begin = sorted(begin)
        self._by_prefix: dict[str, list[int]] = {}
        for prefix, number in self._begin:
            self._by_prefix.setdefault(prefix, []).append(number)
        self._lengths = sorted({len(prefix) for prefix in self._by_prefix})

    def about(self, glob: Glob | None, actions: int) -> Iterator[Ready]:
        """The statements that can match a resource of the pattern and one of the actions.

        Those that begin just as the pattern come first: they are the likeliest to take all of it.
        """
        known = range(len(self._statements))
        for number in known if glob is None else dict.fromkeys(self._numbers(glob.prefix)):
            if self._statements[number].actions & actions:
                yield self._statements[number]

    def _numbers(self, prefix: str) -> Iterator[int]:
        yield from self._by_prefix.get(prefix, ())
        yield from self._anywhere
        for length in self._lengths:
            if length >= len(prefix):
                break
            yield from self._by_prefix.get(prefix[:length], ())
        low, high = bisect_left(self._begin, (prefix, -1)), bisect_left(self._begin, (prefix + _LAST, -1))
        yield from (number for _, number in islice(self._begin, low, high))
