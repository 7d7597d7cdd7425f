"""conda's files: `environment.yml`, and explicit lists of packages.

Source: conda documentation, "Managing environments"; conda-lock, "Output".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.package import Package
from hauberk.formats.dependencies.dependency_list import (
    DependencyList,
    Found,
    Index,
    Requirement,
    Sort,
    Trust,
)
from hauberk.formats.dependencies.requirements import read_line

CONDA = "conda"
SPEC = re.compile(r"(?:[\w./:-]+::)?([A-Za-z0-9_.-]+)\s*(.*)$")
EXACT = re.compile(r"={1,2}\s*([\w.!+]+)(?:=[\w.*]+)?")
EXPLICIT = re.compile(r"https?://\S+/([\w.-]+)-([\w.!+]+)-[\w.]+\.(?:conda|tar\.bz2)(?:#(\w+))?")
# YAML's events of one file: people write some hundred.
MAX_EVENTS = 100_000
# Containers inside each other: an environment has four.
MAX_DEPTH = 100


def read_environment(locator: str, said: str) -> tuple[DependencyList, Found]:
    """What an environment asks for, of conda and of pip. Raises UnreadableAsset."""
    found = Found()
    for key, value, line in _scalars(said):
        if key == "channels":
            if "://" in value:
                found.indexes.append(Index(value, Trust.EXTRA, "channels", line))
        elif key == "pip":
            read_line(line, value, locator, found)
        elif key == "dependencies":
            _read_spec(value, line, locator, found)
    return found.listed(locator, Sort.REQUIREMENTS, CONDA), found


def _read_spec(value: str, line: int, locator: str, found: Found) -> None:
    matched = SPEC.match(value.partition("#")[0].strip())
    if matched is None:
        found.unread.append((line, value))
        return
    name, specifier = matched[1].lower(), matched[2].strip()
    exact = EXACT.fullmatch(specifier)
    pin = exact[1] if exact else ""
    if pin:
        found.packages.append(Package(CONDA, name, pin, locator, line))
    # What pip itself is, is conda's to say, and nothing asks for another version of it.
    if name not in ("pip", "python"):
        found.requirements.append(Requirement(CONDA, name, specifier, pin, line=line))


def _scalars(said: str) -> Iterator[tuple[str, str, int]]:
    """Each text in a list, with the key of the list and its line."""
    import yaml
    from yaml.events import (
        CollectionEndEvent,
        CollectionStartEvent,
        MappingStartEvent,
        ScalarEvent,
        SequenceStartEvent,
    )

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    open_: list[str | None] = []  # of each container: None for a list, the last key of a mapping
    waits: list[bool] = []
    try:
        for count, event in enumerate(yaml.parse(said, Loader=loader)):
            if count > MAX_EVENTS or len(open_) > MAX_DEPTH:
                raise OverBudget(f"YAML of more than {MAX_EVENTS} events or {MAX_DEPTH} levels")
            if isinstance(event, ScalarEvent):
                if open_ and open_[-1] is None:
                    key = next((each for each in reversed(open_) if each), "")
                    mark = event.start_mark
                    yield key, event.value, mark.line + 1 if mark else 1
                elif open_ and not waits[-1]:
                    open_[-1], waits[-1] = event.value, True
                elif open_:
                    waits[-1] = False
            elif isinstance(event, CollectionStartEvent):
                if waits and open_[-1] is not None:
                    waits[-1] = False
                open_.append("" if isinstance(event, MappingStartEvent) else None)
                waits.append(isinstance(event, SequenceStartEvent))
            elif isinstance(event, CollectionEndEvent):
                open_.pop()
                waits.pop()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = f" in line {mark.line + 1}" if mark else ""
        raise Malformed(f"is not YAML: {getattr(error, 'problem', None) or 'unreadable'}{at}") from None
    except RecursionError:
        raise OverBudget("YAML is nested too deep to be read") from None


def read_explicit(locator: str, said: str) -> tuple[DependencyList, Found]:
    """The packages of an `@EXPLICIT` list, each a URL with its hash."""
    found = Found()
    for number, line in enumerate(said.splitlines(), 1):
        one = EXPLICIT.match(line.strip())
        if one:
            algorithm = "sha256" if len(one[3] or "") == 64 else "md5"
            hashes = (f"{algorithm}:{one[3]}",) if one[3] else ()
            found.packages.append(
                Package(CONDA, one[1], one[2], locator, number, hashes=hashes, origin=line.strip())
            )
    return found.listed(locator, Sort.LOCK, CONDA), found
