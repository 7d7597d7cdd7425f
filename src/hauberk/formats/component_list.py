"""Bills of materials in CycloneDX JSON: components, and what the bill says of their vulnerabilities.

Source: ECMA-424 (CycloneDX 1.6), `components`, `vulnerabilities`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hauberk.core.advisory import Advisory
from hauberk.core.assessment import AssessedPackage, Standing, Vulnerability
from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import OverBudget
from hauberk.core.finding import Severity
from hauberk.core.package import PURL_TYPES, Package, normalised
from hauberk.core.percent import unquote
from hauberk.formats.dependencies.dependency_list import (
    MAX_PACKAGES,
    Found,
    Sort,
    distinct,
    table,
    tables,
    text,
    texts,
)
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs
from hauberk.formats.strict_json import parse
from hauberk.formats.vex import CYCLONEDX

# Bytes of one bill: that of an image with 10,000 components has 20 MB.
MAX_BILL = 128 << 20
MARK = re.compile(rb'"bomFormat"\s*:\s*"CycloneDX"')
PURL = re.compile(
    r"pkg:(?P<type>[a-z]+)/(?P<name>[^?#]+?)(?:@(?P<version>[^?#]*))?(?:\?(?P<rest>[^#]*))?(?:#.*)?"
)
SYSTEMS = {kind: system for system, kind in PURL_TYPES.items()}
DISTRIBUTION = re.compile(r"(?:^|&)distro=(?:[a-z]+-)?([^&]+)")


@dataclass(frozen=True, slots=True)
class Component:
    """One component: its reference and purl as written, the package, and what it needs (references)."""

    reference: str
    purl: str
    package: Package
    needs: tuple[str, ...] = ()


def claim(asset: Asset) -> Claim:
    """CERTAIN where JSON says that it is CycloneDX."""
    if asset.kind is Kind.FOLDER or not asset.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return Claim.NONE
    return Claim.CERTAIN if MARK.search(asset.head) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The components as a list, and an assessment of each that has vulnerabilities."""
    if asset.content.size > MAX_BILL:
        raise OverBudget(f"a bill of {asset.content.size} bytes is longer than {MAX_BILL}")
    document = table(parse(asset.content.read(0, MAX_BILL), MAX_BILL).value)
    found = Found()
    by_reference: dict[str, Package] = {}
    for component in components_in(document, asset.locator):
        if component.package.ecosystem:
            found.packages.append(component.package)
        by_reference[component.reference] = component.package
        by_reference.setdefault(component.purl, component.package)
    yield found.listed(asset.locator, Sort.INSTALLED, "")
    hits: dict[str, list[Vulnerability]] = {}
    for each in tables(document.get("vulnerabilities")):
        for affected in tables(each.get("affects")):
            hits.setdefault(text(affected.get("ref")), []).append(_vulnerability(each))
    for reference, vulnerabilities in hits.items():
        package = by_reference.get(reference)
        # The "vulnerabilities" of a file are the findings of another report, not of a package.
        if package is not None and package.ecosystem:
            yield _assessed(package, vulnerabilities)


def components_in(document: dict[str, object], locator: str) -> Iterator[Component]:
    """Every component of a bill, also those inside others. Raises OverBudget."""
    needs = {
        text(each.get("ref")): texts(each.get("dependsOn")) for each in tables(document.get("dependencies"))
    }
    for each in _components(document):
        purl, reference = text(each.get("purl")), text(each.get("bom-ref"))
        version = text(each.get("version"))
        plain = Package("", text(each.get("name")), version, locator)
        hashed = [
            f"{text(one.get('alg')).lower().replace('-', '')}:{text(one.get('content')).lower()}"
            for one in tables(each.get("hashes"))
        ]
        package = replace(package_of(purl, locator) or plain, licence=_licence(each), hashes=distinct(hashed))
        if package.name:
            yield Component(reference, purl, package, tuple(needs.get(reference, ())))


def _licence(component: dict[str, object]) -> str:
    said = tables(component.get("licenses"))
    found = [text(each.get("expression")) for each in said]
    for each in said:
        inner = table(each.get("license"))
        found.append(text(inner.get("id")) or text(inner.get("name")))
    return " AND ".join(distinct(found))


def _components(document: dict[str, object]) -> Iterator[dict[str, object]]:
    todo = [tables(document.get("components"))]
    count = 0
    while todo:
        for each in todo.pop():
            count += 1
            if count > MAX_PACKAGES:
                raise OverBudget(f"more than {MAX_PACKAGES} components")
            yield each
            todo.append(tables(each.get("components")))


def package_of(purl: str, locator: str = "") -> Package | None:
    """The package that a package URL names; None for what is none, or names no version."""
    found = PURL.fullmatch(purl)
    if found is None:
        return None
    kind, name = found["type"], unquote(found["name"])
    namespace = f"{kind}/{name.partition('/')[0]}"
    system = SYSTEMS.get(kind) or SYSTEMS.get(namespace) or ""
    if namespace in SYSTEMS:
        name = name.partition("/")[2]
        release = DISTRIBUTION.search(found["rest"] or "")
        system = f"{system}:{unquote(release[1])}" if release else system
    name = name.replace("/", ":") if kind == "maven" else name
    return Package(system, normalised(system, name), unquote(found["version"] or ""), locator)


def _vulnerability(said: dict[str, object]) -> Vulnerability:
    id = text(said.get("id")) or "a vulnerability without a name"
    analysis = table(said.get("analysis"))
    state = text(analysis.get("state"))
    reason = text(analysis.get("justification")) or text(analysis.get("detail")) or state
    words = [text(each.get("severity")).upper() for each in tables(said.get("ratings"))]
    known = [Severity[word] for word in words if word in Severity.__members__]
    advisory = Advisory(id, "", text(said.get("description"))[:300], severity=max(known, default=None))
    others = {text(each.get("id")) for each in tables(said.get("references"))} - {""}
    return Vulnerability(advisory, frozenset({id, *others}), excuse=reason if state in CYCLONEDX else "")


def _assessed(package: Package, vulnerabilities: list[Vulnerability]) -> AssessedPackage:
    is_affected = any(not each.excuse for each in vulnerabilities)
    standing = Standing.AFFECTED if is_affected else Standing.NOT_AFFECTED
    return AssessedPackage(
        locator=package.locator, package=package, standing=standing, vulnerabilities=tuple(vulnerabilities)
    )


SIGNS = Signs(holds=(b'"bomFormat"',))
FORMAT = Format("cyclonedx", "CycloneDX bill of materials", claim, read)
