"""npm's files: `package.json`, `package-lock.json`, `.npmrc`; and the lock files of yarn and pnpm.

Source: npm documentation, "package.json", "package-lock.json", "npmrc"; Yarn, "yarn.lock"; pnpm, lockfile
version 9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.package import Package
from hauberk.formats.dependencies.dependency_list import (
    DependencyList,
    Found,
    Index,
    Requirement,
    Script,
    Sort,
    Trust,
    distinct,
    table,
    text,
)
from hauberk.formats.dependencies.lines import Lines
from hauberk.formats.strict_json import parse

NPM = "npm"
ASKED = ("dependencies", "devDependencies", "optionalDependencies")
# Scripts that `npm install` runs of a package that is installed or of the project itself.
RUN_BY_INSTALL = ("preinstall", "install", "postinstall", "prepare")
EXACT = re.compile(r"=?\s*v?(\d+\.\d+\.\d+[\w.+-]*)")
ELSEWHERE = re.compile(r"(?:git\+|git:|https?:|github:|gitlab:|bitbucket:|file:|link:)|[\w-]+/[\w.-]+(?:#|$)")
PUBLIC = re.compile(r"https://registry\.(?:npmjs\.org|yarnpkg\.com)/")
YARN_KEY = re.compile(r'"?((?:@[^@/"]+/)?[^@/",: ]+)@')
# pnpm 5 to 9: `/name/1.0.0:`, `/name@1.0.0(peer@2):`, `name@1.0.0:`
PNPM_KEY = re.compile(r"'?/?((?:@[^@/]+/)?[^@/'(]+)[@/](\d[^'(_:]*)[^:]*:$")
PNPM_INTEGRITY = re.compile(r"integrity: (sha\d+-[A-Za-z0-9+/=]+)")


def _document(said: str) -> dict[str, object]:
    return table(parse(said.encode("utf-8", "surrogatepass"), len(said) * 4 + 4).value)


def read_package_json(locator: str, said: str) -> tuple[DependencyList, Found]:
    """What a package asks for and what its installation runs. Raises UnreadableAsset."""
    found = Found()
    document, lines = _document(said), Lines(said)
    for key in ASKED:
        for name, value in table(document.get(key)).items():
            found.requirements.append(_asked(name, text(value), lines))
    scripts = table(document.get("scripts"))
    for name in RUN_BY_INSTALL:
        if text(scripts.get(name)):
            line = lines.key(name)
            found.scripts.append(Script(name, text(scripts[name]), line))
    return found.listed(locator, Sort.PROJECT, NPM), found


def _asked(name: str, value: str, lines: Lines) -> Requirement:
    line = lines.key(name)
    if value.startswith("npm:"):  # an alias: the package has another name
        real, _, value = value[4:].rpartition("@")
        name = real or name
    exact = EXACT.fullmatch(value)
    url = value if ELSEWHERE.match(value) else ""
    return Requirement(NPM, name.lower(), "" if url else value, exact[1] if exact else "", url, line=line)


def read_package_lock(locator: str, said: str) -> tuple[DependencyList, Found]:
    """The packages of a `package-lock.json` of version 1, 2 or 3. Raises UnreadableAsset."""
    found = Found()
    document = _document(said)
    lines = Lines(said)
    packages = table(document.get("packages"))
    if not packages:
        _nested(table(document.get("dependencies")), locator, lines, found)
    for path, value in packages.items():
        entry = table(value)
        name = text(entry.get("name")) or path.rpartition("node_modules/")[2]
        if path and "node_modules/" in path and entry.get("link") is not True:
            found.packages.append(_locked(name, entry, locator, lines.key(path)))
    return found.listed(locator, Sort.LOCK, NPM), found


def _nested(tree: dict[str, object], locator: str, lines: Lines, found: Found) -> None:
    todo = [tree]
    while todo:
        for name, value in todo.pop().items():
            entry = table(value)
            found.packages.append(_locked(name, entry, locator, lines.key(name)))
            todo.append(table(entry.get("dependencies")))


def _locked(name: str, entry: dict[str, object], locator: str, line: int | None) -> Package:
    origin = text(entry.get("resolved"))
    version = text(entry.get("version"))
    if ELSEWHERE.match(version):
        origin, version = version, ""
    needed = entry.get("requires") if isinstance(entry.get("requires"), dict) else entry.get("dependencies")
    return Package(
        NPM,
        name.lower(),
        version,
        locator,
        line,
        licence=text(entry.get("license")),
        hashes=distinct(_integrity(text(entry.get("integrity")))),
        requires=tuple(each.lower() for each in table(needed)),
        origin="" if PUBLIC.match(origin) else origin,
    )


def _integrity(said: str) -> Iterator[str]:
    """Subresource integrity, in base64, as `sha512:hex`."""
    import base64
    import binascii

    for each in said.split():
        algorithm, _, value = each.partition("-")
        try:
            yield f"{algorithm}:{base64.b64decode(value, validate=True).hex()}"
        except (binascii.Error, ValueError):
            continue


def read_yarn_lock(locator: str, said: str) -> tuple[DependencyList, Found]:
    """The packages of a `yarn.lock`, of Yarn 1 and of Yarn 2 and later."""
    found = Found()
    open_: dict[str, str] = {}
    needed: list[str] = []
    began, name, section = 0, "", ""
    for number, line in enumerate([*said.splitlines(), "end:"], 1):
        if line and not line[0].isspace() and not line.startswith("#"):
            if name and name != "__metadata":
                found.packages.append(_yarn_package(name, open_, needed, locator, began))
            key = YARN_KEY.match(line)
            name, began, open_, needed, section = key[1] if key else "", number, {}, [], ""
            continue
        indent, words = len(line) - len(line.lstrip()), line.strip()
        if indent == 2:
            word, _, rest = words.partition(" ")
            section = word.rstrip(":") if not rest else ""
            if rest:
                open_[word.rstrip(":")] = rest.strip().strip('"')
        elif indent == 4 and section in ("dependencies", "optionalDependencies"):
            needed.append(words.split(" ")[0].rstrip(":").strip('"').lower())
    return found.listed(locator, Sort.LOCK, NPM), found


def _yarn_package(name: str, fields: dict[str, str], needed: list[str], locator: str, line: int) -> Package:
    resolved = fields.get("resolved", "")
    resolution = fields.get("resolution", "")
    origin = "" if PUBLIC.match(resolved) else resolved
    if resolution and "@npm:" not in resolution:
        origin = resolution[1:].partition("@")[2]
    if "@npm:" in resolution:  # an alias has its real name there
        name = resolution.rpartition("@npm:")[0] or name
    hashes = distinct(_integrity(fields.get("integrity", "")))
    version = fields.get("version", "")
    return Package(
        NPM, name.lower(), version, locator, line, hashes=hashes, requires=distinct(needed), origin=origin
    )


def read_pnpm_lock(locator: str, said: str) -> tuple[DependencyList, Found]:
    """The packages of a `pnpm-lock.yaml`: a file that only a program writes, one key a line."""
    found = Found()
    section = ""
    held: tuple[str, str, int] | None = None
    hashes: tuple[str, ...] = ()
    for number, line in enumerate([*said.splitlines(), "end:"], 1):
        if line and not line[0].isspace():
            section = line.rstrip().rstrip(":")
        indent = len(line) - len(line.lstrip())
        if held and indent <= 2 and line.strip():
            found.packages.append(Package(NPM, held[0].lower(), held[1], locator, held[2], hashes=hashes))
            held, hashes = None, ()
        if section != "packages":
            continue
        key = PNPM_KEY.match(line.strip()) if indent == 2 else None
        if key:
            held = (key[1], key[2], number)
        elif held and (integrity := PNPM_INTEGRITY.search(line)):
            hashes = distinct(_integrity(integrity[1]))
    return found.listed(locator, Sort.LOCK, NPM), found


def read_npm_settings(locator: str, said: str) -> tuple[DependencyList, Found]:
    """What an `.npmrc` says of registries and of whom it trusts."""
    found = Found()
    for number, line in enumerate(said.splitlines(), 1):
        key, mark, value = line.partition("=")
        key, value = key.strip(), value.strip().strip('"')
        if not mark or key.startswith(("#", ";")):
            continue
        if key == "registry" or key.endswith(":registry"):
            trust = Trust.ONLY if key == "registry" else Trust.EXPLICIT
            found.indexes.append(Index(value, trust, key, number))
        elif key == "strict-ssl" and value.lower() == "false":
            found.unverified.append(("every registry", number))
    return found.listed(locator, Sort.SETTINGS, NPM), found
