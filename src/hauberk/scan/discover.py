"""What the user's targets are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import MissingPath
from hauberk.core.gap import Gap
from hauberk.sources.disk import assets_under, is_excluded

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Discovered:
    """Every asset found, in the order of their locators, and what could not be looked into.

    `passed_over` are folders of version history and of other people's code, which nobody looks into
    unless they are targets themselves.
    """

    assets: tuple[Asset, ...]
    gaps: tuple[Gap, ...]
    passed_over: tuple[str, ...] = ()


def discover(targets: Sequence[str], exclude: Sequence[str] = (), standard_input: bytes = b"") -> Discovered:
    """The assets under paths and globs; `-` stands for `standard_input`. Raises MissingPath."""
    assets: dict[str, Asset] = {}
    gaps: dict[Gap, None] = {}
    passed_over: set[str] = set()
    for each in _found(targets, standard_input, exclude, passed_over.add):
        if isinstance(each, Gap):
            gaps[each] = None
        elif not is_excluded(each.locator, exclude):
            # A folder and the file of the same name cannot be; a target named twice can.
            assets.setdefault(each.locator, each)
    return Discovered(tuple(assets[key] for key in sorted(assets)), tuple(gaps), tuple(sorted(passed_over)))


def _found(
    targets: Sequence[str],
    standard_input: bytes,
    exclude: Sequence[str],
    passed_over: Callable[[str], None],
) -> Iterable[Asset | Gap]:
    for target in targets:
        if target == STANDARD_INPUT:
            yield Asset("<stdin>", Bytes(standard_input))
            continue
        for path in _paths(target):
            yield from assets_under(path, passed_over, exclude)


def _paths(target: str) -> list[Path]:
    path = Path(target)
    if path.exists() or path.is_symlink():
        return [path]
    import glob

    matches = sorted(glob.glob(target, recursive=True)) if glob.has_magic(target) else []  # noqa: PTH207  # Path.glob takes no absolute pattern
    if not matches:
        raise MissingPath(f"{target}: no such file or folder")
    return [Path(each) for each in matches]
