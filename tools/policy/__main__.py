"""Make the pickle policies.

python -m tools.policy observe PART.json [LIBRARY ...]   in an environment that has the libraries
python -m tools.policy merge FOLDER PART.json ...        writes FOLDER/<library>.json
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
import os
import sys
import warnings
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .decide import decide_seen, decide_unseen
from .inventory import definitions
from .record import Uses, load, recording
from .saving import saved
from .specimens import LIBRARIES, MADE_BY, specimens
from .table import TITLES, merge, write

warnings.simplefilter("ignore")
# With the names that Python 2's library had, as protocols 0 to 2 still write them.
STANDARD = sys.stdlib_module_names | {"__builtin__", "copy_reg", "UserDict", "UserList", "cPickle"}


def observe(out: Path, wanted: list[str]) -> None:
    """Write what this environment's libraries need and define."""
    present = [each for each in wanted or LIBRARIES if each != "more" and find_spec(each) is not None]
    uses = _watch(
        [each for each in MADE_BY if each in present or (each == "more" and each in (wanted or [each]))]
    )
    names: dict[str, dict[str, str]] = {}
    notes: list[str] = []
    _decide_seen(uses, names, notes)
    for library in present:
        try:
            _decide_defined(library, names, notes)
        except Exception as error:  # the others still count; the part says what is missing
            notes.append(f"CANNOT READ {library}: {type(error).__name__}: {error}")
        print(
            f"{library}: {sum(len(v) for k, v in names.items() if k.partition('.')[0] == library)} names",
            flush=True,
        )
    versions = {each: _version(each) for each in present}
    out.write_text(json.dumps({"versions": versions, "names": names, "notes": notes}, indent=1), "utf-8")


def _watch(libraries: list[str]) -> Uses:
    with recording() as uses:
        for library in libraries:
            for each in specimens(library):
                for way in each.ways:
                    ways = [f"pickle{n}" for n in range(6)] if way == "pickle" else [way]
                    for every in ways:
                        _watch_one(each.value, every)
            print(f"watched {library}", flush=True)
    return uses


def _watch_one(value: object, way: str) -> None:
    try:
        octets = saved(value, way)
    except Exception:
        return
    try:
        load(octets, way)
    except Exception as error:
        sys.stderr.write(f"cannot load what {way} saved of {type(value)}: {str(error)[:150]}\n")


def _decide_seen(uses: Uses, names: dict[str, dict[str, str]], notes: list[str]) -> None:
    for (module, name), seen in sorted(uses.seen.items()):
        if module.partition(".")[0] in STANDARD or module.startswith(("tools.", "__main__")):
            notes.append(f"standard library: {module}.{name} {sorted(seen)}")
            continue
        target: Any = importlib.import_module(module)
        for part in name.split("."):
            target = getattr(target, part)
        decision = decide_seen((module, name), target, seen, uses.shapes.get((module, name), set()))
        if decision.note:
            notes.append(f"seen: {module}.{name} {decision.word or 'LEFT OFF'}: {decision.note}")
        if decision.word:
            names.setdefault(module, {})[name] = decision.word


def _decide_defined(library: str, names: dict[str, dict[str, str]], notes: list[str]) -> None:
    for module, name, target in definitions(library):
        if name in names.get(module, {}):
            continue
        try:
            decision = decide_unseen((module, name), target)
        except Exception as error:
            notes.append(f"cannot judge {module}.{name}: {error}")
            continue
        if decision.word:
            names.setdefault(module, {})[name] = decision.word


def _version(library: str) -> str:
    module = importlib.import_module(library)
    if isinstance(found := getattr(module, "__version__", None), str):
        return found
    try:
        return version(TITLES.get(library, library))
    except PackageNotFoundError:
        return "unknown"


def main(arguments: list[str]) -> None:
    """Run the command that the first argument names."""
    command, first, *rest = arguments
    if command == "observe":
        observe(Path(first), rest)
        os._exit(0)  # some libraries hang in their exit handlers
    day = os.environ.get("POLICY_DAY") or dt.datetime.now(dt.UTC).date().isoformat()
    total = 0
    for table in merge(map(Path, rest)).values():
        size = write(table, Path(first), day)
        total += size
        print(f"{size:9,} {table.library}")
    print(f"{total:9,} bytes in all")


if __name__ == "__main__":
    main(sys.argv[1:])
