"""Techniques: what is registered, and how one becomes a sample on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

# Modules of this package that register nothing.
TOOLS = {"found_by", "loaders", "mutate", "score", "verify"}
Files = bytes | Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Technique:
    """One way to attack (or, in family `benign-*`, one honest file).

    `build` makes the bytes of `file`, or several files by name, one of which is `file`. `load` names a
    loader of `loaders.py`; empty where no loader of this environment can show the effect. `effect` is
    `mark` (the marker file appears), an audit event of the interpreter, or `harm` (the loader dies or
    runs into its limits). Samples of a family `...-repository` are folders.
    """

    name: str
    family: str
    file: str
    build: Callable[[], Files]
    load: str = ""
    effect: str = "mark"
    needs: tuple[str, ...] = ()

    @property
    def live(self) -> bool:
        """A loader shows the effect."""
        return bool(self.load)

    @property
    def is_file(self) -> bool:
        """The sample is the one file; what lies beside it must not be what is found."""
        return not self.family.endswith("repository")

    @property
    def is_possible(self) -> bool:
        """This environment has all libraries that the builder needs."""
        return all(_is_installed(each) for each in self.needs)

    def write(self, folder: Path) -> Path:
        """The sample's path, in a folder of its own below `folder`."""
        home = folder / self.family / self.name
        home.mkdir(parents=True, exist_ok=True)
        made = self.build()
        files = {self.file: made} if isinstance(made, bytes) else made
        for name, octets in files.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(octets)
        return home / self.file


_techniques: dict[tuple[str, str], Technique] = {}


def add(each: Technique) -> Technique:
    """Register one; names are unique within a family."""
    key = (each.family, each.name)
    if key in _techniques:
        raise ValueError(f"{each.family}/{each.name} is taken")
    _techniques[key] = each
    return each


def technique(
    family: str, file: str, load: str = "", *, effect: str = "mark", needs: tuple[str, ...] = ()
) -> Callable[[Callable[[], Files]], Callable[[], Files]]:
    """Register the decorated builder; its name is the technique's."""

    def register(build: Callable[[], Files]) -> Callable[[], Files]:
        name = build.__name__.strip("_").replace("_", "-")
        add(Technique(name, family, file, build, load, effect, needs))
        return build

    return register


def table(
    family: str,
    file: str,
    load: str,
    rows: Mapping[str, bytes | Callable[[], Files]],
    *,
    effect: str = "mark",
    needs: tuple[str, ...] = (),
) -> None:
    """Register one technique for each row: its name and its bytes, or their builder."""
    for name, made in rows.items():
        build = made if callable(made) else (lambda made=made: made)
        add(Technique(name, family, file, build, load, effect, needs))


@cache
def every() -> tuple[Technique, ...]:
    """All techniques of all modules of this package, malicious and benign."""
    package = __name__.rpartition(".")[0]
    for module in iter_modules(import_module(package).__path__, package + "."):
        if module.name.rpartition(".")[2] not in TOOLS:
            import_module(module.name)
    return tuple(_techniques.values())


def malicious() -> Iterable[Technique]:
    """The attacks."""
    return [each for each in every() if not each.family.startswith("benign")]


def benign() -> Iterable[Technique]:
    """The honest files."""
    return [each for each in every() if each.family.startswith("benign")]


@cache
def _is_installed(library: str) -> bool:
    return find_spec(library) is not None
