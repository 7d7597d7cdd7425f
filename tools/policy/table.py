"""Tables of policy: one per environment as made, and the merged one that ships."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from . import legacy
from .curated import decided

# Where two versions of a library decide differently, the later word of this list wins.
ORDER = ("", "value", "build", "new", "build:distribution", "call:literal", "call:array-first",
         "call:first-listed", "call:getattr-literal", "call:nested-pickle", "call", "unsafe")  # fmt: skip

# Cython's reconstructors make an instance of their first argument, a class.
CYTHON = "__pyx_unpickle_"

TITLES = {"sklearn": "scikit-learn", "PIL": "Pillow", "imblearn": "imbalanced-learn", "attr": "attrs",
          "category_encoders": "category-encoders", "sentence_transformers": "sentence-transformers",
          "umap": "umap-learn", "dateutil": "python-dateutil", "surprise": "scikit-surprise"}  # fmt: skip

# Libraries whose objects rebuild themselves by evaluating text or running nested pickles: nothing is allowed.
LEFT_OUT = {"sympy", "mpmath", "numba"}

Names = dict[str, dict[str, str]]


@dataclass(slots=True)
class Table:
    """What is decided about one library's names, and for which versions."""

    library: str
    versions: set[str] = field(default_factory=set)
    names: Names = field(default_factory=dict)

    def put(self, module: str, name: str, word: str) -> None:
        """Decide about a name, unless an earlier word wins."""
        if name.startswith(CYTHON) and word.startswith("call"):
            word = "call:first-listed"
        held = self.names.setdefault(module, {})
        if ORDER.index(word) >= ORDER.index(held.get(name, "")):
            held[name] = word


def merge(parts: Iterable[Path]) -> dict[str, Table]:
    """One table per library out of the parts, the hand-written and the old names."""
    tables: dict[str, Table] = {}
    for path in parts:
        content = json.loads(path.read_text("utf-8"))
        for library, version in content["versions"].items():
            tables.setdefault(library, Table(library)).versions.add(version)
        for module, held in content["names"].items():
            for name, word in held.items():
                _table(tables, module).put(module, name, word)
    for module, held in legacy.NAMES.items():
        for name, word in held.items():
            _table(tables, module).put(module, name, word)
    for module, held in decided().items():
        _table(tables, module).names.setdefault(module, {}).update(held)
    _old_modules(tables)
    return {library: table for library, table in tables.items() if library not in LEFT_OUT}


def _old_modules(tables: dict[str, Table]) -> None:
    for library, moved in (("numpy", legacy.numpy_core), ("sklearn", legacy.sklearn_modules),
                           ("scipy", legacy.scipy_sparse)):  # fmt: skip
        if library in tables:
            for module, held in moved(tables[library].names).items():
                for name, word in held.items():
                    tables[library].put(module, name, word)


def _table(tables: dict[str, Table], module: str) -> Table:
    library = module.partition(".")[0]
    return tables.setdefault(library, Table(library))


def write(table: Table, folder: Path, day: str) -> int:
    """Write the table for the engine, one module a line; its size in bytes."""
    held = {m: {n: w for n, w in sorted(names.items()) if w} for m, names in sorted(table.names.items())}
    lines = [
        f"{json.dumps(module)}: {json.dumps(names, separators=(',', ':'))}"
        for module, names in held.items()
        if names
    ]
    head = {
        "library": TITLES.get(table.library, table.library),
        "modules": [table.library],
        "versions": ", ".join(sorted(table.versions)) or "by hand",
        "generated": day,
    }
    start = json.dumps(head)[:-1]
    text = f'{start}, "names": {{\n' + ",\n".join(lines) + "\n}}\n"
    (folder / f"{table.library}.json").write_text(text, "utf-8")
    return len(text)
