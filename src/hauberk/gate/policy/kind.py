"""Kinds of values in a policy: each knows its JSON schema and how it is read, so the two cannot differ."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from hauberk.core.errors import BadSettings
from hauberk.core.finding import Severity

AGE = re.compile(r"([1-9][0-9]{0,4})([mhdw])")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
MAX_TEXT = 4096  # characters of one text
MAX_COUNT = 10_000


@dataclass(frozen=True, slots=True)
class At:
    """Where in which file a value stands; every complaint names it."""

    file: str
    path: str = ""

    def inside(self, key: str) -> At:
        """The place of a key below."""
        return At(self.file, f"{self.path}.{key}" if self.path else key)

    def wrong(self, what: str) -> BadSettings:
        """The complaint."""
        return BadSettings(f"{self.file}: {self.path or 'the policy'} {what}")


@dataclass(frozen=True, slots=True)
class Kind:
    """A JSON schema, and the reader of what fits it."""

    schema: Mapping[str, object]
    read: Callable[[object, At], object]


def says(kind: Kind, meaning: str, default: object = MISSING) -> Any:
    """A field of a demand: its kind, what it means, and its default if it may be left out."""
    metadata = {"kind": kind, "meaning": meaning}
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


def key_of(each: Field[Any]) -> str:
    """The key under which a field stands in the file."""
    return each.name.replace("_", "-")


def read_table(model: type[Any], value: object, at: At) -> Any:
    """A demand from its table. Raises BadSettings; an unknown key is answered with the nearest known one."""
    if not isinstance(value, dict):
        raise at.wrong("must be a table of keys and values")
    known = {key_of(each): each for each in fields(model)}
    for key in value:
        if key not in known:
            raise at.wrong(f"has the unknown key {str(key)[:80]!r}; {nearest(str(key), known)}")
    read = {}
    for key, each in known.items():
        if key in value:
            read[each.name] = each.metadata["kind"].read(value[key], at.inside(key))
        elif each.default is MISSING:
            raise at.wrong(f"lacks the key {key!r}: {each.metadata['meaning']}")
    return model(**read)


def nearest(word: str, known: Mapping[str, object]) -> str:
    """What was probably meant, in words."""
    close = get_close_matches(word[:80], known, 1)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known) or 'none'}"


def table_schema(model: type[Any]) -> dict[str, object]:
    """The JSON schema of a demand: closed, with what each key means."""
    listed = fields(model)
    properties = {
        key_of(each): {**each.metadata["kind"].schema, "description": each.metadata["meaning"]}
        for each in listed
    }
    return {
        "type": "object",
        "properties": properties,
        "required": [key_of(each) for each in listed if each.default is MISSING],
        "additionalProperties": False,
    }


def table(model: type[Any]) -> Kind:
    """One demand."""
    return Kind(table_schema(model), lambda value, at: read_table(model, value, at))


def tables(model: type[Any]) -> Kind:
    """Several demands."""
    return listed(table(model))


def listed(kind: Kind, least: int = 0) -> Kind:
    """A list of at least so many of a kind."""

    def read(value: object, at: At) -> object:
        if not isinstance(value, list) or len(value) < least:
            raise at.wrong("must be a list" + (f" of at least {least}" if least else ""))
        return tuple(kind.read(each, At(at.file, f"{at.path}[{n}]")) for n, each in enumerate(value))

    return Kind({"type": "array", "items": dict(kind.schema), "minItems": least}, read)


def named(kind: Kind) -> Kind:
    """A table of a kind under names that the author chooses."""

    def read(value: object, at: At) -> object:
        if not isinstance(value, dict) or not value:
            raise at.wrong("must be a table with at least one name in it")
        return {str(key): kind.read(each, at.inside(str(key))) for key, each in value.items()}

    schema = {"type": "object", "additionalProperties": dict(kind.schema), "minProperties": 1}
    return Kind(schema, read)


def matching(pattern: str, what: str) -> Kind:
    """A text of a form."""
    form = re.compile(pattern)

    def read(value: object, at: At) -> object:
        if not isinstance(value, str) or len(value) > MAX_TEXT or not form.fullmatch(value):
            raise at.wrong(f"must be {what}, and is {_shown(value)}")
        return value

    return Kind({"type": "string", "pattern": f"^(?:{pattern})$"}, read)


def one_of(*words: str) -> Kind:
    """One of the words."""

    def read(value: object, at: At) -> object:
        if not isinstance(value, str) or value not in words:
            hint = nearest(value, dict.fromkeys(words)) if isinstance(value, str) else ""
            raise at.wrong(f"must be one of {', '.join(words)}, and is {_shown(value)}; {hint}".rstrip("; "))
        return value

    return Kind({"enum": list(words)}, read)


def number(least: float, most: float) -> Kind:
    """A number within bounds, both included."""

    def read(value: object, at: At) -> object:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise at.wrong(f"must be a number, and is {_shown(value)}")
        if not least <= value <= most:
            raise at.wrong(f"must be from {least:g} to {most:g}, and is {_shown(value)}")
        return float(value)

    return Kind({"type": "number", "minimum": least, "maximum": most}, read)


def whole(least: int, most: int = MAX_COUNT) -> Kind:
    """A whole number within bounds, both included."""

    def read(value: object, at: At) -> object:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise at.wrong(f"must be a whole number from {least} to {most}, and is {_shown(value)}")
        return value

    return Kind({"type": "integer", "minimum": least, "maximum": most}, read)


def _shown(value: object) -> str:
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    return repr(value)[:80] if value is not None else "empty"


def _read_truth(value: object, at: At) -> object:
    if not isinstance(value, bool):
        raise at.wrong(f"must be true or false, and is {_shown(value)}")
    return value


def _read_age(value: object, at: At) -> object:
    found = AGE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise at.wrong(f"must be an age such as 90m, 12h, 30d or 8w, and is {_shown(value)}")
    return int(found[1]) * UNITS[found[2]]


def _read_moment(value: object, at: At) -> object:
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        if found.tzinfo is None:
            raise ValueError
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise at.wrong(
            f"must be a time with an offset such as 2030-01-31T00:00:00Z, and is {_shown(value)}"
        ) from error


def _read_severity(value: object, at: At) -> object:
    return Severity[str(SEVERITY_WORD.read(value, at)).upper()]


TEXT = matching(r"[\s\S]*\S[\s\S]*", "a text that is not empty")
NAME = matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "a name of letters, digits, dot, dash and underscore")
TRUTH = Kind({"type": "boolean"}, _read_truth)
AGE_KIND = Kind({"type": "string", "pattern": f"^{AGE.pattern}$"}, _read_age)
MOMENT = Kind({"type": "string", "format": "date-time"}, _read_moment)
SEVERITY_WORD = one_of(*(str(each) for each in Severity))
SEVERITY = Kind(SEVERITY_WORD.schema, _read_severity)
