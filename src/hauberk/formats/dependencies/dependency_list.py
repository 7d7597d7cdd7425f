"""What a project says of its dependencies: which it asks for, which it was given, and from where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from hauberk.core.package import Package, PackageList

# Packages of one file: the largest lock files of npm hold about 5,000.
MAX_PACKAGES = 100_000


class Sort(StrEnum):
    """What a list is for."""

    REQUIREMENTS = "requirements"  # what an installer is given: it should be exact
    PROJECT = "project"  # what a project can live with: ranges are right
    LOCK = "lock"  # what a resolver chose
    SETTINGS = "settings"  # where an installer looks
    INSTALLED = "installed"  # what lies on the disk


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that somebody asks for. `url` is where it has to come from, if it says so.

    `pin` is the one version that fits, empty where many do. `is_editable`: a folder of one's own.
    """

    ecosystem: str
    name: str
    specifier: str = ""
    pin: str = ""
    url: str = ""
    hashes: tuple[str, ...] = ()
    line: int | None = None
    is_editable: bool = False


class Trust(StrEnum):
    """How an index takes part in finding a package."""

    ONLY = "only"  # instead of the public one
    EXTRA = "extra"  # beside another: the higher version wins, whoever publishes it
    EXPLICIT = "explicit"  # only for packages that name it


@dataclass(frozen=True, slots=True)
class Index:
    """A place that packages are looked for in; `line` is 1-based."""

    url: str
    trust: Trust
    option: str
    line: int | None = None
    is_verified: bool = True


@dataclass(frozen=True, slots=True)
class Script:
    """A command that an installer runs."""

    name: str
    command: str
    line: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class DependencyList(PackageList):
    """One file about dependencies. `unverified` are hosts whose certificates nobody checks, with lines."""

    name: str
    sort: Sort
    ecosystem: str
    requirements: tuple[Requirement, ...] = ()
    indexes: tuple[Index, ...] = ()
    scripts: tuple[Script, ...] = ()
    unverified: tuple[tuple[str, int | None], ...] = ()
    asks_for_hashes: bool = False
    refuses_indexes: bool = False

    @property
    def present(self) -> tuple[Package, ...]:
        """What will be installed: an open requirement is a package of a version that nobody knows."""
        if self.sort is Sort.SETTINGS or self.name.endswith(".in"):
            return ()
        if self.sort is not Sort.REQUIREMENTS:
            return self.packages
        asked = (each for each in self.requirements if not (each.pin or each.is_editable))
        unknown = (
            Package(each.ecosystem, each.name, "", self.locator, each.line) for each in asked if each.name
        )
        return (*self.packages, *unknown)


@dataclass(slots=True)
class Found:
    """What a reader has met so far."""

    packages: list[Package] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    unverified: list[tuple[str, int | None]] = field(default_factory=list)
    asks_for_hashes: bool = False
    refuses_indexes: bool = False
    unread: list[tuple[int | None, str]] = field(default_factory=list)

    def listed(self, locator: str, sort: Sort, ecosystem: str) -> DependencyList:
        """The view of it."""
        return DependencyList(
            locator=locator,
            name=locator.rsplit("!", 1)[-1].rsplit("/", 1)[-1],
            sort=sort,
            ecosystem=ecosystem,
            packages=tuple(self.packages),
            requirements=tuple(self.requirements),
            indexes=tuple(self.indexes),
            scripts=tuple(self.scripts),
            unverified=tuple(self.unverified),
            asks_for_hashes=self.asks_for_hashes,
            refuses_indexes=self.refuses_indexes,
        )


def texts(values: object) -> list[str]:
    """The texts in a list; what else is in it, or is no list, is left out."""
    return [each for each in values if isinstance(each, str)] if isinstance(values, list) else []


def tables(values: object) -> list[dict[str, object]]:
    """The tables in a list."""
    return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []


def table(value: object) -> dict[str, object]:
    """The table, or an empty one for what is none."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str:
    """The text, or an empty one for what is none."""
    return value if isinstance(value, str) else ""


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """In order of their first place, without empty ones."""
    return tuple(dict.fromkeys(each for each in values if each))
