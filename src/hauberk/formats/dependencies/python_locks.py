"""Lock files of Python: poetry, uv, pdm, `pylock.toml` and Pipenv.

Source: PEP 751; Poetry, "poetry.lock"; uv, "The lockfile"; pdm, "Lock file"; Pipfile specification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.package import Package, normalised
from hauberk.formats.dependencies.dependency_list import (
    DependencyList,
    Found,
    Index,
    Sort,
    Trust,
    distinct,
    table,
    tables,
    text,
    texts,
)
from hauberk.formats.dependencies.lines import Lines
from hauberk.formats.dependencies.toml import entries, parsed, within
from hauberk.formats.strict_json import parse

PYPI = "PyPI"
# The name that a requirement starts with.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
HASH = re.compile(r"\w+:[0-9a-fA-F]{32,}")
# Indexes whose packages are those of PyPI.
PUBLIC = re.compile(r"https://(?:pypi\.org|files\.pythonhosted\.org|pypi\.python\.org)(?:/|$)")


def read_toml_lock(locator: str, said: str) -> tuple[DependencyList, Found]:
    """The packages of a `poetry.lock`, `uv.lock`, `pdm.lock` or `pylock.toml`. Raises UnreadableAsset."""
    found = Found()
    document = parsed(said)
    key = "packages" if "lock-version" in document else "package"
    older = within(document, "metadata", "files")  # where poetry kept hashes before version 1.2
    for entry, line in entries(document, said, key):
        name = text(entry.get("name"))
        if isinstance(older.get(name), list):
            entry = {**entry, "files": older[name]}
        if not name:
            found.unread.append((line, "a package without a name"))
            continue
        found.packages.append(_package(entry, name, locator, line))
    return found.listed(locator, Sort.LOCK, PYPI), found


def _package(entry: dict[str, object], name: str, locator: str, line: int | None) -> Package:
    return Package(
        PYPI,
        normalised(PYPI, name),
        text(entry.get("version")),
        locator,
        line,
        hashes=distinct(_hashes(entry)),
        requires=distinct(_requires(entry)),
        origin=_origin(entry),
    )


def _hashes(entry: dict[str, object]) -> Iterator[str]:
    """Those of every file of the package, as each of the tools writes them."""
    files = [*tables(entry.get("files")), *tables(entry.get("wheels"))]
    files += [table(entry.get("sdist")), table(entry.get("archive"))]
    for each in files:
        hashed = each.get("hash")
        if isinstance(hashed, str) and HASH.fullmatch(hashed):
            yield hashed.lower()
        for algorithm, value in table(each.get("hashes")).items():
            if isinstance(value, str):
                yield f"{algorithm}:{value}".lower()


def _requires(entry: dict[str, object]) -> Iterator[str]:
    needed = entry.get("dependencies")
    if isinstance(needed, dict):
        yield from (normalised(PYPI, str(each)) for each in needed)
    for each in texts(needed):
        matched = NAME.match(each)
        if matched:
            yield normalised(PYPI, matched[0])
    for one in tables(needed):
        yield normalised(PYPI, text(one.get("name")))


def _origin(entry: dict[str, object]) -> str:
    """Where it comes from, if not from the public index: `git+URL@COMMIT`, a URL, or a path."""
    source = table(entry.get("source"))
    kind, url = text(source.get("type")), text(source.get("url"))
    git = text(source.get("git")) or text(entry.get("git")) or (url if kind == "git" else "")
    vcs = table(entry.get("vcs"))
    if text(vcs.get("url")):
        return f"{text(vcs.get('type')) or 'git'}+{text(vcs.get('url'))}@{text(vcs.get('commit-id'))}"
    if git:
        commit = text(source.get("resolved_reference")) or text(entry.get("revision"))
        before, mark, fragment = git.partition("#")
        return f"git+{before}@{commit or fragment}" if commit or mark else f"git+{git}"
    for key in ("path", "editable", "virtual", "directory"):
        if text(source.get(key)) or text(entry.get(key)):
            return f"./{(text(source.get(key)) or text(entry.get(key))).removeprefix('./')}"
    origin = text(source.get("registry")) or url or text(entry.get("index"))
    return "" if PUBLIC.match(origin) else origin


def read_pipfile_lock(locator: str, said: str) -> tuple[DependencyList, Found]:
    """The packages of a `Pipfile.lock`. Raises UnreadableAsset."""
    found = Found()
    lines = Lines(said)
    document = table(parse(said.encode("utf-8", "surrogatepass"), len(said) * 4 + 4).value)
    for source in tables(within(document, "_meta").get("sources")):
        found.indexes.append(_pipenv_index(source, len(found.indexes), lines))
    for group, members in document.items():
        if group == "_meta":
            continue
        for name, each in table(members).items():
            entry = table(each)
            version = text(entry.get("version")).lstrip("= ")
            git = text(entry.get("git"))
            ref = text(entry.get("ref"))
            origin = f"git+{git}@{ref}" if git else text(entry.get("file")) or text(entry.get("path"))
            hashes = distinct(value for value in texts(entry.get("hashes")) if HASH.fullmatch(value))
            line = lines.key(name)
            found.packages.append(
                Package(PYPI, normalised(PYPI, name), version, locator, line, hashes=hashes, origin=origin)
            )
    return found.listed(locator, Sort.LOCK, PYPI), found


def _pipenv_index(source: dict[str, object], before: int, lines: Lines) -> Index:
    url = text(source.get("url"))
    trust = Trust.EXPLICIT if before else Trust.ONLY
    return Index(url, trust, "source", lines.quoted(url), source.get("verify_ssl") is not False)
