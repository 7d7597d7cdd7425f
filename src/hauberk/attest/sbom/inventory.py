"""What an environment or a project is made of: components, what contains them, and who needs whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from hauberk.core.gap import Gap
from hauberk.core.package import Package


@dataclass(frozen=True, slots=True)
class Part:
    """One component. `within` is the reference of what contains it, empty where it stands by itself.

    `places` are where it was met, `needs` references of other parts; `record` is the SHA-256 of the list of
    its installed files, and `is_file` says that it is a file and no package.
    """

    reference: str
    package: Package
    within: str = ""
    places: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    record: str = ""
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class Inventory:
    """The parts by reference, and what could not be read."""

    name: str
    parts: tuple[Part, ...]
    gaps: tuple[Gap, ...] = ()
    roots: tuple[str, ...] = field(default=())


def inventory(name: str, parts: Iterable[Part], gaps: Iterable[Gap]) -> Inventory:
    """Parts of one reference made one, needs that name nothing left out, and what nobody needs as roots."""
    merged: dict[str, Part] = {}
    for each in parts:
        known = merged.get(each.reference)
        merged[each.reference] = _together(known, each) if known else each
    kept = tuple(
        replace(each, needs=tuple(sorted({one for one in each.needs if one in merged} - {each.reference})))
        for _, each in sorted(merged.items())
    )
    needed = {one for each in kept for one in each.needs}
    roots = tuple(each.reference for each in kept if each.reference not in needed and not each.within)
    # Packages that need each other in a circle have no beginning: then all of them are.
    reached = _reached(roots, {each.reference: each.needs for each in kept})
    roots += tuple(each.reference for each in kept if each.reference not in reached and not each.within)
    return Inventory(name, kept, tuple(dict.fromkeys(gaps)), tuple(sorted(set(roots))))


def _together(one: Part, other: Part) -> Part:
    hashes = tuple(dict.fromkeys((*one.package.hashes, *other.package.hashes)))
    licence = one.package.licence or other.package.licence
    return replace(
        one,
        package=replace(one.package, hashes=hashes, licence=licence),
        places=tuple(dict.fromkeys((*one.places, *other.places))),
        needs=tuple(dict.fromkeys((*one.needs, *other.needs))),
        record=one.record or other.record,
    )


def _reached(roots: Iterable[str], needs: Mapping[str, tuple[str, ...]]) -> set[str]:
    reached: set[str] = set()
    todo = list(roots)
    while todo:
        each = todo.pop()
        if each not in reached:
            reached.add(each)
            todo.extend(needs.get(each, ()))
    return reached
