"""Go's files: `go.mod` and `go.sum`.

Source: Go Modules Reference, "go.mod files", "go.sum files".
"""

from __future__ import annotations

import base64
import binascii
import re

from hauberk.core.package import Package
from hauberk.formats.dependencies.dependency_list import DependencyList, Found, Sort

GO = "Go"
REQUIRED = re.compile(r"(?:require\s+)?([^\s()]+\.[^\s()]+)\s+v(\S+)")
REPLACED = re.compile(r"(?:replace\s+)?(\S+)(?:\s+v\S+)?\s+=>\s+(\S+)(?:\s+v(\S+))?")
SUM = re.compile(r"(\S+) v(\S+) h1:(\S+)")


def read_go_mod(locator: str, said: str) -> tuple[DependencyList, Found]:
    """The modules that a build takes; a `replace` puts another in its place."""
    found = Found()
    block = ""
    replaced: dict[str, tuple[str, str]] = {}
    for number, line in enumerate(said.splitlines(), 1):
        bare = line.partition("//")[0].strip()
        if bare.endswith("("):
            block = bare[:-1].strip()
            continue
        if bare == ")":
            block = ""
            continue
        word = block or bare.partition(" ")[0]
        if word == "require" and (one := REQUIRED.fullmatch(bare)):
            found.packages.append(Package(GO, one[1], one[2], locator, number))
        elif word == "replace" and (other := REPLACED.fullmatch(bare)):
            replaced[other[1]] = (other[2], other[3] or "")
    found.packages = [_with(each, replaced) for each in found.packages]
    return found.listed(locator, Sort.LOCK, GO), found


def _with(package: Package, replaced: dict[str, tuple[str, str]]) -> Package:
    if package.name not in replaced:
        return package
    name, version = replaced[package.name]
    if version:
        return Package(GO, name, version, package.locator, package.line)
    return Package(GO, package.name, "", package.locator, package.line, origin=name)


def read_go_sum(locator: str, said: str) -> tuple[DependencyList, Found]:
    """The modules whose content was verified: more than a build takes."""
    found = Found()
    for number, line in enumerate(said.splitlines(), 1):
        one = SUM.fullmatch(line.strip())
        if one and not one[2].endswith("/go.mod"):
            hashes = (f"h1:{one[3]}",) if _is_base64(one[3]) else ()
            found.packages.append(Package(GO, one[1], one[2], locator, number, hashes=hashes))
        elif line.strip() and one is None:
            found.unread.append((number, line.strip()))
    return found.listed(locator, Sort.SETTINGS, GO), found


def _is_base64(said: str) -> bool:
    try:
        return len(base64.b64decode(said, validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
