"""Repositories, their commits and their refs: what the hub's tables hold, as values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed
from hauberk.registry.tree import Operation

MODEL, DATASET = "model", "dataset"
KINDS = (MODEL, DATASET)
BRANCH, TAG = "branch", "tag"
MAIN = "main"
RESERVED = ("api", "datasets", "lfs", "models", "spaces", "v2", "xet")  # begin other addresses
MAX_TITLE, MAX_BODY = 1_000, 65_536  # characters of a commit's message
ID = re.compile(r"[0-9a-f]{40}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/@+-]{0,199}")


@dataclass(frozen=True, slots=True)
class Repository:
    """A model or dataset that has versions; `created` in Unix seconds."""

    id: int
    kind: str
    name: str
    is_private: bool
    created: int


@dataclass(frozen=True, slots=True)
class Commit:
    """A version: `id` is its name for clients, `tree` the digest of its files, which evidence is about."""

    repository: int
    id: str
    number: int
    parent: str
    tree: Digest
    author: str
    title: str
    body: str
    created: int


@dataclass(frozen=True, slots=True)
class Ref:
    """A branch or a tag."""

    kind: str
    name: str
    commit: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants to commit; `parent` is the commit that it must come after, empty for any.

    `id` is the name that the version has at another hub, and shall have here.
    """

    operations: Sequence[Operation]
    author: str
    title: str
    body: str = ""
    parent: str = ""
    id: str = ""


def checked_name(name: str) -> str:
    """The name of a repository, `namespace/name`. Raises Malformed."""
    if not NAME.fullmatch(name) or any(bad in name for bad in ("..", "--")):
        raise Malformed(
            f"{name[:80]!a}: a repository is named namespace/name, of letters, digits, single . _ -"
        )
    if any(part.endswith((".git", ".", "-")) for part in name.lower().split("/")):
        raise Malformed(f"{name[:80]!a}: no part of a name ends with .git, a dot or a hyphen")
    if name.partition("/")[0].lower() in RESERVED:
        raise Malformed(f"{name[:80]!a}: this namespace is reserved")
    return name


def checked_ref(name: str) -> str:
    """The name of a branch or tag. Raises Malformed."""
    is_odd = any(bad in name for bad in ("..", "//", "@{", "/.", ".lock"))
    if not REF.fullmatch(name) or is_odd or name.endswith((".", "/")):
        raise Malformed(f"{name[:80]!a} is no name of a branch or tag")
    if ID.fullmatch(name):
        raise Malformed(f"{name} looks like a commit, and is no name of a branch or tag")
    return name
