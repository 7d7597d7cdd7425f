"""The commit that a git working tree stands at, read from its files; git itself is not run.

Source: gitrepository-layout(5).
"""

from __future__ import annotations

import re
from pathlib import Path

from hauberk.core.errors import Inaccessible

COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
MAX_FILE = 16 << 20  # bytes of packed-refs: a hundred thousand branches


def git_commit(folder: Path) -> str:
    """The commit (hex) of HEAD. Raises Inaccessible where there is none."""
    git = folder / ".git"
    if git.is_file():  # a worktree or submodule
        git = folder / _text(git).removeprefix("gitdir:").strip()
    head = _text(git / "HEAD")
    for _ in range(5):  # a branch may stand for another branch
        if not head.startswith("ref:"):
            break
        head = _ref(git, head.removeprefix("ref:").strip())
    if not COMMIT.fullmatch(head):
        raise Inaccessible(f"{folder}: HEAD is at no commit")
    return head


def _ref(git: Path, name: str) -> str:
    if ".." in name.split("/"):
        raise Inaccessible(f"{git}: HEAD points at {name[:80]!r}")
    shared = git / _text(git / "commondir") if (git / "commondir").is_file() else git
    for home in (git, shared):
        if (home / name).is_file():
            return _text(home / name)
    for line in _text(shared / "packed-refs").splitlines():
        commit, _, packed = line.partition(" ")
        if packed == name:
            return commit
    raise Inaccessible(f"{git}: the branch {name[:80]!r} has no commit")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE).decode("utf-8", "replace").strip()
    except OSError as error:
        raise Inaccessible(f"{path}: {error.strerror}") from error
