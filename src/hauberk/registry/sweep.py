"""Sweep: take recalled versions out of the caches and folders of clients, which no server reaches.

Source: the layout of huggingface_hub's cache (`models--SPACE--NAME/{snapshots,blobs,refs}`), and of what
`--local-dir` notes about a download (`.cache/huggingface/download/*.metadata`, first line the commit).
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from hauberk.core.errors import Inaccessible, MissingPath

KINDS = ("models", "datasets")
NOTES = Path(".cache") / "huggingface" / "download"
MAX_NOTE = 4096  # bytes


@dataclass(frozen=True, slots=True)
class Found:
    """A recalled version on this machine: its commit, and the paths that hold it and nothing else."""

    commit: str
    place: Path
    paths: tuple[Path, ...]


def recalled_in(folder: Path, commits: Collection[str]) -> list[Found]:
    """Recalled versions in a cache, or in a folder that was downloaded into. Raises MissingPath."""
    if not folder.is_dir():
        raise MissingPath(f"{folder}: no folder")
    # What HF_HOME names holds the cache in a folder of its own.
    caches = [each for each in (folder, folder / "hub") if each.is_dir()]
    found = [each for cache in caches for kind in KINDS for each in _cached(cache, kind, commits)]
    return found + list(_downloaded(folder, commits))


def _cached(cache: Path, kind: str, commits: Collection[str]) -> Iterator[Found]:
    for repository in sorted(cache.glob(f"{kind}--*")):
        snapshots = [each for each in (repository / "snapshots").glob("*") if each.is_dir()]
        kept = {blob for each in snapshots if each.name not in commits for blob in _blobs(each)}
        for each in snapshots:
            if each.name in commits:
                own = sorted(_blobs(each) - kept)
                refs = [ref for ref in (repository / "refs").rglob("*") if _says(ref, each.name)]
                yield Found(each.name, repository, (each, *own, *refs))


def _blobs(snapshot: Path) -> set[Path]:
    links = (each for each in snapshot.rglob("*") if each.is_symlink())
    targets = {each.parent / each.readlink() for each in links}
    return {_normal(each) for each in targets if "blobs" in each.parts}


def _normal(path: Path) -> Path:
    """The path without `..`, which is not followed: only what lies in the cache may vanish."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        else:
            parts.append(part)
    return Path(*parts)


def _says(path: Path, words: str) -> bool:
    try:
        with path.open("rb") as source:
            first = source.read(MAX_NOTE).split(b"\n", 1)[0]
    except OSError:
        return False
    return first.decode("ascii", "replace").strip() == words


def _downloaded(folder: Path, commits: Collection[str]) -> Iterator[Found]:
    by_commit: dict[str, list[Path]] = {}
    notes = folder / NOTES
    for note in sorted(notes.rglob("*.metadata")):
        for commit in commits:
            if _says(note, commit):
                file = folder / note.relative_to(notes).with_suffix("")
                by_commit.setdefault(commit, []).extend((file, note))
    for commit, paths in by_commit.items():
        yield Found(commit, folder, tuple(each for each in paths if each.is_file()))


def remove(found: Found) -> None:
    """Take a recalled version away, and nothing outside of its place. Raises Inaccessible."""
    root = found.place.resolve()
    for path in found.paths:
        if root not in path.parent.resolve().parents and path.parent.resolve() != root:
            raise Inaccessible(f"{path}: lies outside of {root}, and is left alone")
        try:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        except OSError as error:
            raise Inaccessible(f"{path}: {error.strerror}") from error
