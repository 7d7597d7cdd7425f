"""Where packages come from: which places vouch for what they give, and which can change it at will."""

from __future__ import annotations

import re
from enum import StrEnum

# Indexes of publishers that their own documentation tells to use beside PyPI.
PUBLISHED = re.compile(
    r"https://(?:pypi\.org|files\.pythonhosted\.org|pypi\.python\.org|download\.pytorch\.org"
    r"|download-r2\.pytorch\.org|pypi\.nvidia\.com|data\.pyg\.org|wheels\.vllm\.ai"
    r"|storage\.googleapis\.com/(?:jax|libtpu)-releases|abetlen\.github\.io/llama-cpp-python"
    r"|flashinfer\.ai|pypi\.ngc\.nvidia\.com|repo\.radeon\.com|pytorch-extension\.intel\.com"
    r"|conda\.anaconda\.org|repo\.anaconda\.com|registry\.npmjs\.org|registry\.yarnpkg\.com)(?:/|$)",
    re.IGNORECASE,
)
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# What a person means to be one state; whoever can push can still move it.
RELEASE = re.compile(r"v?\d+(?:\.\d+)+[\w.+-]*")
LOCAL = re.compile(r"https?://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)", re.IGNORECASE)
# A URL may carry a password, and a token may be all of the name.
PASSWORD = re.compile(r"//[^/@\s]+@")
SHORTHAND = re.compile(r"(?:github:|gitlab:|bitbucket:)?[\w.-]+/[\w.-]+(?:#(.*))?$")
ARCHIVE = re.compile(r"[^?#]*\.(?:whl|tar\.gz|tgz|zip|tar\.bz2|conda)(?:[?#]|$)")
# Archives of a forge at one commit: the name says which content it has.
AT_COMMIT = re.compile(r"/(?:archive|zipball|tarball|tar\.gz|zip)/[0-9a-f]{40}\b")


class Reference(StrEnum):
    """What part of a repository's history a URL names."""

    COMMIT = "commit"
    RELEASE = "release"
    MOVING = "moving"


def is_published(url: str) -> bool:
    """Whether the place is one that the packages' publishers themselves point to."""
    return PUBLISHED.match(url) is not None


def is_plain(url: str) -> bool:
    """Whether whoever is on the way can change what comes: no encryption, and not this machine."""
    return re.match(r"(?:git\+)?(?:http|ftp|git)://", url, re.I) is not None and not LOCAL.match(url)


def shown(url: str) -> str:
    """The URL without what could be a secret."""
    return PASSWORD.sub("//…@", url.partition("?")[0] if "token" in url else url)[:160]


def git_reference(url: str) -> Reference | None:
    """What a git URL names; None for a URL that is none of a repository."""
    shorthand = SHORTHAND.match(url) if "://" not in url and not url.startswith((".", "/", "file:")) else None
    if shorthand:
        return _reference((shorthand[1] or "").removeprefix("semver:"))
    if not re.match(r"(?:git|hg|svn|bzr)(?:\+|:)", url):
        return None
    bare, _, fragment = url.partition("#")
    path = bare.partition("://")[2] or bare
    at = path.partition("/")[2].rpartition("@")[2] if "@" in path.partition("/")[2] else ""
    if not at and fragment and "=" not in fragment:
        at = fragment  # as npm and Cargo write it
    query = re.search(r"[?&](?:rev|tag|branch)=([^&#]+)", url)
    return _reference(at or (query[1] if query else ""))


def _reference(name: str) -> Reference:
    if COMMIT.fullmatch(name):
        return Reference.COMMIT
    return Reference.RELEASE if RELEASE.fullmatch(name) else Reference.MOVING


def is_held(url: str) -> bool:
    """Whether the URL itself says which bytes come: it has their hash, or a commit."""
    return bool(re.search(r"#(?:.*&)?(?:sha256|sha384|sha512)=[0-9a-f]{64,}", url) or AT_COMMIT.search(url))


def is_archive(url: str) -> bool:
    """Whether the URL is one of a file over the network."""
    return url.startswith(("http://", "https://", "ftp://")) and ARCHIVE.match(url) is not None
