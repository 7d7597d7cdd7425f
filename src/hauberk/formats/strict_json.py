"""JSON as every reader should see it: bounded, and with its duplicate keys told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import cast

from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.statement import Json

# Levels of nesting: the deepest honest model configuration has about 40; json itself recurses.
MAX_DEPTH = 200
# Duplicate keys that are named one by one; more are as telling.
MAX_DUPLICATES = 100
# Characters of a key that a path shows.
SHOWN_KEY = 80

# A whole string, or a run of what is neither string nor bracket: what is left are the brackets.
_NOT_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"|[^\[\]{}"]++', re.DOTALL)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1, '"': 0}


class TooDeep(OverBudget):
    """JSON nested deeper than `MAX_DEPTH`: a reader that recurses would fall over."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON value, and the paths of the keys that one of its objects has twice."""

    value: Json
    duplicates: tuple[str, ...] = ()


def parse(octets: bytes, limit: int) -> Parsed:
    """The value of a JSON text of at most `limit` bytes; of a duplicate key the last one counts.

    NaN and Infinity are taken, as json does; UTF-8 with or without BOM, UTF-16 and UTF-32 too,
    because `json.loads` takes those. Raises Malformed, OverBudget and TooDeep.
    """
    if len(octets) > limit:
        raise OverBudget(f"JSON of {len(octets)} bytes is longer than {limit}")
    text = _text(octets)
    depth = _depth(text)
    if depth > MAX_DEPTH:
        raise TooDeep(f"JSON is nested {depth} levels deep, more than {MAX_DEPTH}")
    twice: dict[int, tuple[str, ...]] = {}
    kept: list[dict[str, Json]] = []  # keeps the objects alive, so that their ids stay theirs

    def collect(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        made = dict(pairs)
        if len(made) != len(pairs):
            twice[id(made)] = tuple(_repeated(key for key, _ in pairs))
            kept.append(made)
        return made

    try:
        value = cast(Json, json.loads(text, object_pairs_hook=collect))
    except RecursionError:
        raise TooDeep("JSON is nested too deep to be read") from None
    except ValueError as error:  # a JSONDecodeError, or a number of too many digits
        raise Malformed(f"is not JSON: {error}", getattr(error, "pos", None)) from None
    return Parsed(value, tuple(_paths(value, twice)) if twice else ())


def _text(octets: bytes) -> str:
    try:
        return octets.decode(json.detect_encoding(octets)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Malformed(f"is not {error.encoding} text", error.start) from None


def _depth(text: str) -> int:
    return max(accumulate(_STEP[each] for each in _NOT_BRACKETS.sub("", text)), default=0)


def _repeated(keys: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    told: set[str] = set()
    for key in keys:
        if key in seen and key not in told:
            told.add(key)
            yield key
        seen.add(key)


def _paths(value: Json, twice: dict[int, tuple[str, ...]]) -> list[str]:
    """Where the duplicates are; those inside a value that itself was overwritten come without path."""
    found: list[str] = []
    todo: list[tuple[str, Json]] = [("", value)]
    while todo and len(found) < MAX_DUPLICATES:
        path, each = todo.pop()
        if isinstance(each, dict):
            found += [f"{path}.{key[:SHOWN_KEY]}".lstrip(".") for key in twice.pop(id(each), ())]
            todo += [(f"{path}.{key[:SHOWN_KEY]}", inner) for key, inner in each.items()]
        elif isinstance(each, list):
            todo += [(f"{path}[{index}]", inner) for index, inner in enumerate(each)]
    found += [f"….{key[:SHOWN_KEY]}" for keys in twice.values() for key in keys]
    return sorted(found[:MAX_DUPLICATES])
