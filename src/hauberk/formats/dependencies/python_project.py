"""Projects of Python: `pyproject.toml` of any tool, and `Pipfile`.

Source: PEP 621, PEP 518, PEP 735; uv, "Dependencies" and "Package indexes"; Poetry, "Repositories";
pdm, "Configure the package indexes"; Pipenv, "Specifying Package Indexes".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.package import normalised
from hauberk.formats.dependencies.dependency_list import (
    DependencyList,
    Found,
    Index,
    Requirement,
    Sort,
    Trust,
    table,
    tables,
    text,
    texts,
)
from hauberk.formats.dependencies.lines import Lines
from hauberk.formats.dependencies.requirements import requirement
from hauberk.formats.dependencies.toml import parsed, within

PYPI = "PyPI"
EXACT_TOML = re.compile(r"={0,3}\s*v?(\d[\w.!+-]*)")
# How poetry says that an index takes part.
POETRY = {
    "default": Trust.ONLY,
    "primary": Trust.ONLY,
    "supplemental": Trust.EXTRA,
    "secondary": Trust.EXTRA,
    "explicit": Trust.EXPLICIT,
}


def read_pyproject(locator: str, said: str) -> tuple[DependencyList, Found]:
    """What a project asks for, of whatever tool. Raises UnreadableAsset."""
    found = Found()
    document, lines = parsed(said), Lines(said)
    for each in _listed(document):
        made = requirement(each, lines.quoted(each))
        if made is not None:
            found.requirements.append(made)
        else:
            found.unread.append((lines.quoted(each), each))
    poetry = within(document, "tool", "poetry")
    groups = [table(each) for each in within(poetry, "group").values()]
    for each_table in (poetry, *groups):
        for key in ("dependencies", "dev-dependencies"):
            found.requirements += _tool_table(table(each_table.get(key)), lines)
    found.requirements += _sources(within(document, "tool", "uv", "sources"), lines)
    found.indexes += _indexes(document, lines)
    return found.listed(locator, Sort.PROJECT, PYPI), found


def _listed(document: dict[str, object]) -> Iterator[str]:
    yield from texts(within(document, "build-system").get("requires"))
    project = within(document, "project")
    yield from texts(project.get("dependencies"))
    for key in (within(project, "optional-dependencies"), within(document, "dependency-groups")):
        for group in key.values():
            yield from texts(group)
    yield from texts(within(document, "tool", "uv").get("dev-dependencies"))
    for group in within(document, "tool", "pdm", "dev-dependencies").values():
        yield from texts(group)


def _tool_table(asked: dict[str, object], lines: Lines) -> Iterator[Requirement]:
    """Requirements as poetry's and Pipenv's tables have them: a version, or a table."""
    for name, value in asked.items():
        if name == "python":
            continue
        for each in value if isinstance(value, list) else [value]:
            yield _from_table(name, each, lines.key(name))


def _from_table(name: str, value: object, line: int | None) -> Requirement:
    entry = table(value)
    version = value if isinstance(value, str) else text(entry.get("version"))
    git = text(entry.get("git"))
    url = text(entry.get("url")) or text(entry.get("file")) or text(entry.get("path"))
    if git:
        ref = next((text(entry[key]) for key in ("rev", "ref", "tag", "branch") if text(entry.get(key))), "")
        url = f"git+{git}@{ref}" if ref else f"git+{git}"
    exact = EXACT_TOML.fullmatch(version.strip()) if "=" in version else None
    return Requirement(
        PYPI,
        normalised(PYPI, name),
        "" if version == "*" else version,
        exact[1] if exact else "",
        url,
        line=line,
        is_editable=bool(entry.get("path") or entry.get("editable")),
    )


def _sources(sources: dict[str, object], lines: Lines) -> Iterator[Requirement]:
    """What uv takes from elsewhere than an index."""
    for name, value in sources.items():
        for entry in tables(value) or [table(value)]:
            if text(entry.get("git")) or text(entry.get("url")):
                yield _from_table(name, entry, lines.key(name))


def _indexes(document: dict[str, object], lines: Lines) -> Iterator[Index]:
    uv = within(document, "tool", "uv")
    for each in tables(uv.get("index")):
        trust = Trust.EXPLICIT if each.get("explicit") is True else Trust.EXTRA
        # uv takes the first index that has a package, so one index does not shadow another by version.
        is_safe = uv.get("index-strategy") in (None, "first-index", "first-match")
        url = text(each.get("url"))
        yield Index(url, Trust.EXPLICIT if is_safe else trust, "tool.uv.index", lines.quoted(url))
    for url in texts(uv.get("extra-index-url")):
        is_safe = uv.get("index-strategy") in (None, "first-index", "first-match")
        trust = Trust.EXPLICIT if is_safe else Trust.EXTRA
        yield Index(url, trust, "tool.uv.extra-index-url", lines.quoted(url))
    for each in tables(within(document, "tool", "poetry").get("source")):
        url, priority = text(each.get("url")), text(each.get("priority")) or "primary"
        if url:
            yield Index(url, POETRY.get(priority, Trust.EXTRA), "tool.poetry.source", lines.quoted(url))
    for each in tables(within(document, "tool", "pdm").get("source")):
        url = text(each.get("url"))
        is_kept_apart = bool(each.get("include_packages"))
        trust = Trust.EXPLICIT if is_kept_apart else Trust.EXTRA
        trust = Trust.ONLY if each.get("name") == "pypi" else trust
        is_verified = each.get("verify_ssl") is not False
        yield Index(url, trust, "tool.pdm.source", lines.quoted(url), is_verified)


def read_pipfile(locator: str, said: str) -> tuple[DependencyList, Found]:
    """What a `Pipfile` asks for. Raises UnreadableAsset."""
    found = Found()
    document, lines = parsed(said), Lines(said)
    for position, each in enumerate(tables(document.get("source"))):
        url = text(each.get("url"))
        trust = Trust.EXPLICIT if position else Trust.ONLY
        is_verified = each.get("verify_ssl") is not False
        found.indexes.append(Index(url, trust, "source", lines.quoted(url), is_verified))
    for key, value in document.items():
        if key not in ("source", "requires", "scripts", "pipenv"):
            found.requirements += _tool_table(table(value), lines)
    return found.listed(locator, Sort.PROJECT, PYPI), found
