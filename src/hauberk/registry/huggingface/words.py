"""The JSON that Hugging Face clients read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hauberk.core.statement import Json
from hauberk.registry.repository import BRANCH, TAG, Commit, Ref, Repository
from hauberk.registry.tree import Entry, Tree, pointer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def moment(seconds: int) -> str:
    """The time as clients parse it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def repository_words(repository: Repository, commit: Commit | None, tree: Tree | None) -> dict[str, Json]:
    """What `model_info` and `list_models` tell."""
    found: dict[str, Json] = {
        "_id": f"{repository.id:024x}",
        "id": repository.name,
        "author": repository.name.partition("/")[0],
        "private": repository.is_private,
        "disabled": False,
        "gated": False,
        "downloads": 0,
        "likes": 0,
        "tags": [],
        "createdAt": moment(repository.created),
        "lastModified": moment(commit.created if commit else repository.created),
    }
    if repository.kind == "model":
        found["modelId"] = repository.name
    if commit and tree is not None:
        found["sha"] = commit.id
        found["siblings"] = [_sibling(each) for each in tree.entries]
        found["usedStorage"] = sum(each.size for each in tree.entries)
    return found


def _sibling(entry: Entry) -> Json:
    found: dict[str, Json] = {"rfilename": entry.path, "size": entry.size, "blobId": entry.git}
    if entry.is_large:
        found["lfs"] = {
            "sha256": entry.digest.hex,
            "size": entry.size,
            "pointerSize": len(pointer(entry.digest, entry.size)),
        }
    return found


def entry_words(entry: Entry) -> dict[str, Json]:
    """A file, as `list_repo_tree` tells it."""
    found: dict[str, Json] = {"type": "file", "oid": entry.git, "size": entry.size, "path": entry.path}
    if entry.is_large:
        found["lfs"] = {
            "oid": entry.digest.hex,
            "size": entry.size,
            "pointerSize": len(pointer(entry.digest, entry.size)),
        }
    return found


def folder_words(tree: Tree, path: str) -> dict[str, Json]:
    """A folder, as `list_repo_tree` tells it."""
    return {"type": "directory", "oid": tree.folders[path], "size": 0, "path": path}


def listed(tree: Tree, folder: str, is_recursive: bool) -> Iterator[dict[str, Json]]:
    """What is in a folder (empty for all), sorted by path."""
    inside = f"{folder}/" if folder else ""
    rows = [(each.path, entry_words(each)) for each in tree.entries]
    rows += [(each, folder_words(tree, each)) for each in tree.folders]
    for path, words in sorted(rows, key=lambda row: row[0]):
        if path.startswith(inside) and (is_recursive or "/" not in path.removeprefix(inside)):
            yield words


def refs_words(refs: Iterable[Ref]) -> Json:
    """What `list_repo_refs` tells."""
    found: dict[str, list[Json]] = {BRANCH: [], TAG: []}
    for each in refs:
        place = "heads" if each.kind == BRANCH else "tags"
        found[each.kind].append(
            {"name": each.name, "ref": f"refs/{place}/{each.name}", "targetCommit": each.commit}
        )
    return {"branches": list(found[BRANCH]), "tags": list(found[TAG]), "converts": [], "pullRequests": []}


def commit_words(commit: Commit) -> Json:
    """What `list_repo_commits` tells."""
    return {
        "id": commit.id,
        "title": commit.title,
        "message": commit.body,
        "authors": [{"user": commit.author, "avatar": ""}],
        "date": moment(commit.created),
    }
