"""Cargo's files: `Cargo.toml` and `Cargo.lock`.

Source: The Cargo Book, "The Manifest Format", "Specifying Dependencies".
"""

from __future__ import annotations

import re

from hauberk.core.package import Package
from hauberk.formats.dependencies.dependency_list import (
    DependencyList,
    Found,
    Requirement,
    Sort,
    distinct,
    table,
    text,
    texts,
)
from hauberk.formats.dependencies.lines import Lines
from hauberk.formats.dependencies.toml import entries, parsed, within

CRATES = "crates.io"
INDEX = re.compile(
    r"(?:registry|sparse)\+https://(?:github\.com/rust-lang/crates\.io-index|index\.crates\.io)/?"
)
EXACT = re.compile(r"=\s*(\d+\.\d+\.\d+[\w.+-]*)")
SECTIONS = ("dependencies", "dev-dependencies", "build-dependencies")


def read_cargo_lock(locator: str, said: str) -> tuple[DependencyList, Found]:
    """The packages of a lock file; those without a source are the project's own. Raises UnreadableAsset."""
    found = Found()
    for entry, line in entries(parsed(said), said, "package"):
        source, checksum = text(entry.get("source")), text(entry.get("checksum"))
        if not source or not text(entry.get("name")):
            continue
        needed = distinct(each.partition(" ")[0] for each in texts(entry.get("dependencies")))
        found.packages.append(
            Package(
                CRATES,
                text(entry.get("name")),
                text(entry.get("version")),
                locator,
                line,
                hashes=(f"sha256:{checksum}",) if checksum else (),
                requires=needed,
                origin="" if INDEX.fullmatch(source) else source,
            )
        )
    return found.listed(locator, Sort.LOCK, CRATES), found


def read_cargo_toml(locator: str, said: str) -> tuple[DependencyList, Found]:
    """What a crate or a workspace asks for. Raises UnreadableAsset."""
    found = Found()
    document, lines = parsed(said), Lines(said)
    places = [document, within(document, "workspace"), *map(table, within(document, "target").values())]
    for place in places:
        for section in SECTIONS:
            for name, value in table(place.get(section)).items():
                found.requirements.append(_asked(name, value, lines))
    return found.listed(locator, Sort.PROJECT, CRATES), found


def _asked(name: str, value: object, lines: Lines) -> Requirement:
    entry = table(value)
    version = value if isinstance(value, str) else text(entry.get("version"))
    git, path = text(entry.get("git")), text(entry.get("path"))
    ref = next((text(entry[key]) for key in ("rev", "tag", "branch") if text(entry.get(key))), "")
    url = f"git+{git}@{ref}" if git and ref else f"git+{git}" if git else path
    exact = EXACT.fullmatch(version.strip())
    real = text(entry.get("package")) or name
    return Requirement(CRATES, real, version, exact[1] if exact else "", url, line=lines.key(name),
                       is_editable=bool(path))  # fmt: skip
