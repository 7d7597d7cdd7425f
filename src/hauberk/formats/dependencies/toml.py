"""TOML of lock files and projects: bounded, and with the lines that tomllib does not tell."""

from __future__ import annotations

import re

from hauberk.core.errors import Malformed, OverBudget
from hauberk.formats.dependencies.dependency_list import table, tables
from hauberk.formats.dependencies.lines import line_numbers


def parsed(text: str) -> dict[str, object]:
    """The document. Raises Malformed and OverBudget."""
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise OverBudget("TOML is nested too deep to be read") from None
    except ValueError as error:
        raise Malformed(f"is not TOML: {error}") from None


def entries(document: dict[str, object], text: str, key: str) -> list[tuple[dict[str, object], int | None]]:
    """The tables of the array `[[key]]`, each with the line of its header where that is sure."""
    found = tables(document.get(key))
    header = re.compile(rf"^[ \t]*\[\[[ \t]*{re.escape(key)}[ \t]*\]\]", re.MULTILINE)
    starts = [each.start() for each in header.finditer(text)]
    if len(starts) != len(found):  # text inside of a string looks like a header, or an inline array
        return [(each, None) for each in found]
    return list(zip(found, line_numbers(text, starts), strict=True))


def within(value: object, *keys: str) -> dict[str, object]:
    """The table that lies there; an empty one where something else does."""
    found = table(value)
    for key in keys:
        found = table(found.get(key))
    return found
