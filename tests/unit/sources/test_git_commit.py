"""The commit of a working tree, as git itself says it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from hauberk.core.errors import Inaccessible
from hauberk.sources.git_commit import git_commit

WHO = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@b",
}


def git(folder: Path, *arguments: str) -> str:
    told = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **WHO}, capture_output=True, text=True, check=True
    )
    return told.stdout.strip()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "first")
    return folder


def test_a_branch_a_packed_branch_a_detached_head_and_a_worktree(tree: Path, tmp_path: Path) -> None:
    commit = git(tree, "rev-parse", "HEAD")
    assert git_commit(tree) == commit
    git(tree, "pack-refs", "--all")
    assert git_commit(tree) == commit
    git(tree, "worktree", "add", "-q", str(tmp_path / "other"), "-b", "side")
    assert git_commit(tmp_path / "other") == commit
    git(tree, "checkout", "-q", "--detach")
    assert git_commit(tree) == commit


@pytest.mark.parametrize(
    "head", ["", "ref: refs/heads/none", "ref: ../../secret", "not a commit", "ref: " * 50]
)
def test_a_head_at_nothing_is_refused(head: str, tree: Path) -> None:
    (tree / ".git" / "HEAD").write_text(head)
    with pytest.raises(Inaccessible):
        git_commit(tree)


def test_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Inaccessible):
        git_commit(tmp_path)
