"""Judgement. Every module of every sub-package is one rule; importing it registers it.

Scans import the rules that they need: which those are is read from the text of each file, its id
and the type of view that its check takes. A file that does not say so plainly is imported at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from hauberk.core.rule import Rule, registered
from hauberk.core.view import View

DECORATOR = "\n@rule("
RULE_ID = re.compile(r'\s*"(\w+)"')
VIEW = re.compile(r"^def \w+\(\s*\w+: (\w+)\s*,?\s*\)", re.MULTILINE)


@dataclass(frozen=True)
class _Shelved:
    """A rule that is not imported yet: its module, id, and the name of its view's type."""

    module: str
    id: str
    view: str


def load() -> dict[str, Rule]:
    """Every rule there is, by id, in id order."""
    for module in _modules():
        import_module(module)
    return registered()


@cache
def rules_for(kind: type[View]) -> tuple[Rule, ...]:
    """The rules that judge this type of view, in id order."""
    names = {each.__name__ for each in kind.__mro__}
    for each in _shelf():
        if each.view in names:
            import_module(each.module)
    return tuple(each for each in registered().values() if issubclass(kind, each.view))


def rules_named(ids: Iterable[str]) -> dict[str, Rule]:
    """The rules of these ids, in id order; an id that nobody has is left out."""
    wanted = set(ids)
    for each in _shelf():
        if each.id in wanted:
            import_module(each.module)
    return {id: each for id, each in registered().items() if id in wanted}


@cache
def _shelf() -> tuple[_Shelved, ...]:
    shelved: list[_Shelved] = []
    for module, path in _modules().items():
        text = path.read_text("utf-8")
        at = text.find(DECORATOR)
        said = RULE_ID.match(text, at + len(DECORATOR)) if at >= 0 else None
        view = VIEW.search(text, at) if said else None
        if said and view:
            shelved.append(_Shelved(module, said[1], view[1]))
        else:
            import_module(module)
    return tuple(shelved)


@cache
def _modules() -> dict[str, Path]:
    return dict(sorted(_found(Path(__path__[0]), __name__)))


def _found(folder: Path, package: str) -> Iterator[tuple[str, Path]]:
    for link in sorted(folder.iterdir()):
        if (link / "__init__.py").is_file():
            for path in sorted(link.glob("[!_]*.py")):
                yield f"{package}.{link.name}.{path.stem}", path
