"""Code of a repository that runs when it is installed: `setup.py`, and build hooks of `pyproject.toml`.

Source: setuptools documentation, "Building and Distributing Packages"; PEP 517, `backend-path`; hatch,
"Custom build hook"; poetry, `build.script`; pdm-backend, `custom-hook`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hauberk.core.asset import Content
from hauberk.core.errors import UnreadableAsset
from hauberk.core.finding import Place
from hauberk.core.gap import Gap, gap_of
from hauberk.core.view import View
from hauberk.formats.format import Reading
from hauberk.formats.python_source import source

if TYPE_CHECKING:
    import ast

SETUP = "setup.py"
PROJECT = "pyproject.toml"
# Bytes of a project file: people write these by hand.
MAX_PROJECT = 1 << 20
# Hooks of one project that are read; honest ones have one.
MAX_SCRIPTS = 20
# Where hatch's and pdm's hooks lie unless the project says otherwise.
HATCH_HOOK, PDM_HOOK = "hatch_build.py", "pdm_build.py"


@dataclass(frozen=True, kw_only=True)
class InstallScript(View):
    """A module that pip runs when it builds or installs the repository."""

    tree: ast.Module


def install_scripts(folder: str, files: Mapping[str, Content]) -> Iterator[Reading]:
    """A view for every script that an installer of the folder runs, and a gap for each that is no Python."""
    prefix = "" if folder == "." else f"{folder}/"
    try:
        hooks = sorted(_hooks(files[PROJECT])) if PROJECT in files else []
    except (ValueError, RecursionError) as error:
        yield Gap(
            Place(prefix + PROJECT), "malformed", f"is no TOML, so that its build hooks are unknown: {error}"
        )
        hooks = []
    for name in [each for each in dict.fromkeys([SETUP, *hooks]) if each in files][:MAX_SCRIPTS]:
        try:
            yield InstallScript(locator=prefix + name, tree=source(prefix + name, files[name]).tree)
        except UnreadableAsset as error:
            yield gap_of(prefix + name, error)


def _hooks(project: Content) -> Iterator[str]:
    import tomllib

    if project.size > MAX_PROJECT:
        raise ValueError(f"{project.size} bytes are more than {MAX_PROJECT}")
    document = tomllib.loads(project.read(0, MAX_PROJECT).decode("utf-8-sig"))
    yield from _backends(_within(document, "build-system"))
    hatch = _within(document, "tool", "hatch", "build")
    for hooks in (
        _within(hatch, "hooks"),
        *(_within(hatch, "targets", each, "hooks") for each in ("wheel", "sdist")),
    ):
        if "custom" in hooks:
            yield _text(_within(hooks, "custom").get("path")) or HATCH_HOOK
    poetry = _within(document, "tool", "poetry")
    yield _text(poetry.get("build")) or _text(_within(poetry, "build").get("script"))
    if build := _within(document, "tool", "pdm", "build"):
        yield _text(build.get("custom-hook")) or PDM_HOOK


def _backends(system: Mapping[str, object]) -> Iterator[str]:
    """The files of a build backend that the project brings itself."""
    module = _text(system.get("build-backend")).partition(":")[0].replace(".", "/")
    paths = system.get("backend-path")
    for path in paths if isinstance(paths, list) and module else []:
        start = _text(path).removeprefix("./").strip("/.")
        stem = f"{start}/{module}" if start else module
        yield from (f"{stem}.py", f"{stem}/__init__.py")


def _within(table: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    """The table that lies there; an empty one where something else does."""
    for key in keys:
        inner = table.get(key)
        table = inner if isinstance(inner, dict) else {}
    return table


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
