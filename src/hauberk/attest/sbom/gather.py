"""The inventory of an environment or of lock files.

Source: PEP 770 (bills inside of wheels); PEP 610 (`direct_url.json`); PEP 376 (`RECORD`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from hauberk.attest.sbom.inventory import Inventory, Part, inventory
from hauberk.core.asset import Asset
from hauberk.core.errors import UnreadableAsset, UsageError
from hauberk.core.gap import Gap, gap_of
from hauberk.core.package import Package, PackageList
from hauberk.formats.component_list import components_in
from hauberk.formats.dependencies.dependency_list import table, text
from hauberk.formats.dependencies.installed import read_metadata
from hauberk.formats.strict_json import parse
from hauberk.formats.text import decoded
from hauberk.sources.environment import (
    MAX_FILE,
    Distribution,
    Library,
    distributions,
    libraries,
    site_folders,
)

# What auditwheel writes into a library's name: libgomp-a34b3233.so.1.0.0.
HASHED = re.compile(r"-[0-9a-f]{8}(?=\.)")
SHARED = re.compile(r"(?:\.so(?:\.[\w.]+)?|\.dylib|\.dll|\.pyd)$")
GIT = re.compile(r"[0-9a-f]{40}")


def inventory_of(target: Path, assets: Sequence[Asset]) -> Inventory:
    """What lies in an environment; where the target is none, what its lists of dependencies name.

    Raises UsageError where nothing names a package.
    """
    name = target.resolve().name
    sites = site_folders(target) if target.is_dir() else []
    gaps: list[Gap] = []
    parts = [one for site in sites for one in _environment(site, gaps)] or list(_listed(assets, gaps))
    if not parts and not gaps:
        raise UsageError(f"{target}: no environment, and no lock file or list that names a package")
    return inventory(name, parts, gaps)


def _environment(site: Path, gaps: list[Gap]) -> Iterator[Part]:
    found = list(distributions(site))
    packages = [(each, _installed(each, gaps)) for each in found]
    references = {package.name: package.purl for _, package in packages if package}
    brought = libraries(site)
    for distribution, package in packages:
        if package is None:
            continue
        inner = list(_hidden(distribution, package.purl, gaps))
        # `scikit_learn.libs` belongs to scikit-learn.
        own = brought.get(distribution.folder.partition("-")[0], [])
        inner += [_library(each, package.purl) for each in own]
        yield Part(
            package.purl,
            package,
            places=(package.locator,),
            needs=(
                *(references[each] for each in package.requires if each in references),
                *_tops(inner),
            ),
            record=hashlib.sha256(distribution.record).hexdigest() if distribution.record else "",
        )
        yield from inner


def _installed(distribution: Distribution, gaps: list[Gap]) -> Package | None:
    locator = f"{distribution.folder}/METADATA"
    view, found = read_metadata(locator, decoded(distribution.metadata))
    if not view.packages:
        reason = found.unread[0][1] if found.unread else "is empty"
        gaps.append(gap_of(locator, UnreadableAsset(f"{locator}: {reason}")))
        return None
    from dataclasses import replace

    origin, hashes = _origin(distribution.origin)
    return replace(view.packages[0], origin=origin, hashes=hashes)


def _origin(octets: bytes) -> tuple[str, tuple[str, ...]]:
    """Where it was installed from, if not from an index, and the hashes of that archive."""
    try:
        said = table(parse(octets, MAX_FILE).value) if octets else {}
    except UnreadableAsset:
        return "", ()
    url, archive, vcs = text(said.get("url")), table(said.get("archive_info")), table(said.get("vcs_info"))
    hashes = {key: value for key, value in table(archive.get("hashes")).items() if isinstance(value, str)}
    commit = text(vcs.get("commit_id"))
    if commit and GIT.fullmatch(commit):
        return f"git+{url}@{commit}", ()
    return url, tuple(f"{key}:{value}" for key, value in sorted(hashes.items()))


def _hidden(distribution: Distribution, within: str, gaps: list[Gap]) -> Iterator[Part]:
    """The components that bills inside of the distribution name."""
    for locator, octets in distribution.bills:
        try:
            document = table(parse(octets, MAX_FILE).value)
            components = list(components_in(document, locator))
        except UnreadableAsset as error:
            gaps.append(gap_of(locator, error))
            continue
        if document.get("bomFormat") != "CycloneDX":
            gaps.append(gap_of(locator, UnreadableAsset(f"{locator}: a bill that is not CycloneDX")))
            continue
        references = {
            each.reference or each.purl: _reference(within, each.package, each.purl) for each in components
        }
        for each in components:
            needs = tuple(references[one] for one in each.needs if one in references)
            reference = _reference(within, each.package, each.purl)
            yield Part(reference, each.package, within, (locator,), needs)


def _reference(within: str, package: Package, purl: str) -> str:
    return f"{within}!{purl or f'{package.name}@{package.version}'}"


def _library(library: Library, within: str) -> Part:
    file = library.path.rpartition("/")[2]
    name = SHARED.sub("", HASHED.sub("", file))
    package = Package("", name, "", library.path, hashes=(f"sha256:{library.sha256}",))
    return Part(f"{within}!{library.path}", package, within, (library.path,), is_file=True)


def _tops(parts: Sequence[Part]) -> Iterator[str]:
    """The parts inside of a package that no other of them needs."""
    needed = {one for each in parts for one in each.needs}
    yield from (each.reference for each in parts if each.reference not in needed)


def _listed(assets: Sequence[Asset], gaps: list[Gap]) -> Iterator[Part]:
    """The packages of every list; a package's needs are found among those of its own list."""
    from hauberk.formats import component_list, dependencies
    from hauberk.formats.format import Claim

    for asset in assets:
        for form in (dependencies.FORMAT, component_list.FORMAT):
            try:
                if form.claim(asset) is Claim.NONE:
                    continue
                for each in form.read(asset):
                    if isinstance(each, PackageList):
                        yield from _parts(each)
                    elif isinstance(each, Gap):
                        gaps.append(each)
            except UnreadableAsset as error:
                gaps.append(gap_of(asset.locator, error))


def _parts(view: PackageList) -> Iterator[Part]:
    named: dict[str, list[str]] = {}
    for each in view.present:
        named.setdefault(each.name, []).append(each.purl)
    for each in view.present:
        place = each.locator if each.line is None else f"{each.locator}:{each.line}"
        # Where a list has two versions of one name, which of them is meant is not said here.
        needs = [named[one][0] for one in each.requires if len(named.get(one, ())) == 1]
        yield Part(each.purl, each, places=(place,), needs=tuple(needs))
