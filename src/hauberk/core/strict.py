"""JSON from strangers, read so that no two readers can understand it differently.

Source: RFC 8259, section 4 (names SHOULD be unique) and section 8.1; RFC 7493 (I-JSON).
"""

from __future__ import annotations

import json
import math
from typing import NoReturn

from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.statement import Json

MAX_DEPTH = 100  # brackets inside each other; honest evidence has about ten
MAX_DIGITS = 40  # of one number; longer ones take quadratic time and mean nothing


def read_json(octets: bytes, limit: int) -> Json:
    """The value of one JSON text of at most `limit` bytes.

    Raises Malformed for bytes that are no UTF-8 or no JSON, doubled names, NaN and lone surrogates, and
    OverBudget for texts that are too long or too deep.
    """
    if len(octets) > limit:
        raise OverBudget(f"{len(octets)} bytes of JSON, and {limit} are the limit")
    try:
        text = octets.decode("utf-8")
        found: Json = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_real,
        )
        if "\\u" in text:  # a half of a character can only have been written as an escape
            json.dumps(found, ensure_ascii=False).encode("utf-8")
        if text.count("[") + text.count("{") > MAX_DEPTH:
            _refuse_depth(found)
    except UnicodeError as error:
        raise Malformed("JSON that is not UTF-8, or has half a character") from error
    except RecursionError as error:
        raise OverBudget("JSON that nests too deep") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"no JSON: {error.msg} at character {error.pos}", error.pos) from error
    return found


def _refuse_depth(found: Json) -> None:
    level = [each for each in (found,) if isinstance(each, (dict, list))]
    for _ in range(MAX_DEPTH):
        parts = (each.values() if isinstance(each, dict) else each for each in level)
        level = [each for part in parts for each in part if isinstance(each, (dict, list))]
        if not level:
            return
    raise OverBudget(f"JSON that nests more than {MAX_DEPTH} deep")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"the name {doubled[:80]!r} stands twice in one object")
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise Malformed(f"{text} is no JSON number")


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise OverBudget(f"a number of {len(text)} digits")
    return int(text)


def _real(text: str) -> float:
    found = float(text) if len(text) <= MAX_DIGITS else math.inf
    if math.isinf(found):
        raise OverBudget(f"the number {text[:MAX_DIGITS]} is beyond what readers agree on")
    return found
