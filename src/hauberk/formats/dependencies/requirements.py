"""Requirements files of pip, and its settings.

Source: pip documentation, "Requirements File Format" and "Configuration"; PEP 508.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from hauberk.core.package import Package, normalised
from hauberk.formats.dependencies.dependency_list import (
    DependencyList,
    Found,
    Index,
    Requirement,
    Sort,
    Trust,
)

PYPI = "PyPI"
COMMENT = re.compile(r"(?:^|\s)#.*$")
NAMED = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:@\s*(?P<url>\S+)|(?P<spec>.*))$", re.S
)
SPECIFIER = re.compile(r"\(?\s*(?:(?:===?|~=|!=|<=?|>=?)\s*[^\s,;()]+\s*(?:,\s*|(?=\s*\)?\s*$)))*\)?")
EXACT = re.compile(r"\(?\s*===?\s*([^\s,;()*]+)\s*\)?")
HASH = re.compile(r"--hash[= ]\s*(\w+:[0-9a-fA-F]+)")
PER_REQUIREMENT = re.compile(r"\s--(?:hash|global-option|config-settings|install-option)\b.*$", re.S)
# Characters of one requirement without its hashes.
MAX_REQUIREMENT = 4_000
SCHEME = re.compile(r"(?:(?:git|hg|svn|bzr)\+)?[a-z][a-z0-9+.-]*://|(?:git|hg)\+[\w.-]+@|file:")
EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
WHEEL = re.compile(r"([A-Za-z0-9][\w.]*?)-(\d[\w.!+]*)(?:-[\w.]+){0,4}\.(?:whl|tar\.gz|zip|tgz)$")
PATH = re.compile(r"\.{0,2}[/\\]|\.{1,2}$|[A-Za-z]:\\|\S+\.(?:whl|tar\.gz|zip)$|~/|\.\[")
OPTION = re.compile(r"(--?[A-Za-z][\w-]*)(?:\s*=\s*|\s+|$)(.*)")
INDEXES = {
    "-i": Trust.ONLY,
    "--index-url": Trust.ONLY,
    "--pypi-url": Trust.ONLY,
    "--extra-index-url": Trust.EXTRA,
    "-f": Trust.EXTRA,
    "--find-links": Trust.EXTRA,
}
# Options that say nothing of where packages come from.
PLAIN = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "--pre", "--prefer-binary", "--no-binary", "--only-binary",
     "--use-feature", "--no-use-pep517", "--use-pep517", "--no-build-isolation", "--no-deps",
     "--process-dependency-links", "--index", "--python-version"}
)  # fmt: skip


def read_requirements(locator: str, text: str) -> tuple[DependencyList, Found]:
    """The list, and what was met on the way."""
    found = Found()
    for line, said in logical_lines(text):
        read_line(line, said, locator, found)
    return found.listed(locator, Sort.REQUIREMENTS, PYPI), found


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, without comments; a backslash at the end joins the next one."""
    began, held = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        began = began if held else number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            held += line[:-1].strip() + " "
            continue
        whole = COMMENT.sub("", held + line.strip()).strip()
        held = ""
        if whole:
            yield began, whole
    if held.strip():
        yield began, COMMENT.sub("", held).strip()


def read_line(line: int, said: str, locator: str, found: Found) -> None:
    """Add what one line of a requirements file says."""
    if said.startswith("-"):
        _read_option(line, said, found)
        return
    made = requirement(said, line)
    if made is None:
        found.unread.append((line, said))
    else:
        found.requirements.append(made)
        if made.pin:
            found.packages.append(pinned(made, locator))


def pinned(asked: Requirement, locator: str) -> Package:
    """The package that a requirement of one version names."""
    return Package(asked.ecosystem, asked.name, asked.pin, locator, asked.line, hashes=asked.hashes,
                   origin=asked.url)  # fmt: skip


def _read_option(line: int, said: str, found: Found) -> None:
    matched = OPTION.match(said)
    option, value = (matched[1], matched[2].strip()) if matched else ("", "")
    if option[:2] in ("-i", "-f", "-r", "-c", "-e") and option[:2] != option and not option.startswith("--"):
        option, value = option[:2], said[2:].strip()
    if option in INDEXES:
        found.indexes.append(Index(value.strip("\"'"), INDEXES[option], option, line))
    elif option == "--trusted-host":
        found.unverified.append((value, line))
    elif option == "--require-hashes":
        found.asks_for_hashes = True
    elif option == "--no-index":
        found.refuses_indexes = True
    elif option in ("-e", "--editable"):
        made = requirement(value, line)
        if made is not None:
            found.requirements.append(replace(made, is_editable=True))
    elif option not in PLAIN:
        found.unread.append((line, said))


def requirement(said: str, line: int | None = None) -> Requirement | None:
    """What one requirement asks for; None for what is none. Its marker is left out."""
    hashes = tuple(each.lower() for each in HASH.findall(said))
    bare = PER_REQUIREMENT.sub("", f" {said}").strip()[:MAX_REQUIREMENT]
    if SCHEME.match(bare) or PATH.match(bare):
        return _direct(bare, hashes, line)
    matched = NAMED.match(bare)
    if matched is None:
        return None
    name = normalised(PYPI, matched[1])
    if matched["url"]:
        return Requirement(PYPI, name, url=matched["url"], hashes=hashes, line=line)
    specifier = (matched["spec"] or "").partition(";")[0].strip()
    if not SPECIFIER.fullmatch(specifier):
        return None
    exact = EXACT.fullmatch(specifier)
    return Requirement(PYPI, name, specifier.strip("() "), exact[1] if exact else "", "", hashes, line)


def _direct(bare: str, hashes: tuple[str, ...], line: int | None) -> Requirement:
    """A requirement that is only a place: its name is what the place says, if it does."""
    url = re.split(r"\s+;|\s", bare, maxsplit=1)[0]
    egg = EGG.search(url)
    file = url.partition("#")[0].rpartition("/")[2]
    wheel = WHEEL.match(file)
    name = egg[1] if egg else wheel[1] if wheel else file.partition("@")[0].removesuffix(".git")
    pin = wheel[2] if wheel else ""
    return Requirement(PYPI, normalised(PYPI, name), pin=pin, url=url, hashes=hashes, line=line)


def read_pip_settings(locator: str, text: str) -> tuple[DependencyList, Found]:
    """What a `pip.conf` says of indexes: sections do not matter to where packages come from."""
    found = Found()
    option = ""
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith(("#", ";", "[")):
            continue
        if not line[:1].isspace():
            key, _, bare = bare.partition("=")
            option = "--" + key.strip().lower().replace("_", "-")
        for value in bare.split():
            if option in INDEXES:
                found.indexes.append(Index(value, INDEXES[option], option, number))
            elif option == "--trusted-host":
                found.unverified.append((value, number))
        if option == "--no-index" and bare.strip().lower() in ("1", "true", "yes", "on"):
            found.refuses_indexes = True
    return found.listed(locator, Sort.SETTINGS, PYPI), found
