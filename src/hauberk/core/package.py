"""Packages: one version of one piece of other people's software, wherever it was met."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hauberk.core.percent import quote
from hauberk.core.view import View

# How package URLs name what OSV calls an ecosystem (package-url specification, types; OSV schema 1.7).
PURL_TYPES = {
    "PyPI": "pypi",
    "npm": "npm",
    "crates.io": "cargo",
    "Go": "golang",
    "Maven": "maven",
    "NuGet": "nuget",
    "RubyGems": "gem",
    "Packagist": "composer",
    "Hex": "hex",
    "Pub": "pub",
    "conda": "conda",
    "Debian": "deb/debian",
    "Ubuntu": "deb/ubuntu",
    "Alpine": "apk/alpine",
    "Wolfi": "apk/wolfi",
    "Chainguard": "apk/chainguard",
    "Red Hat": "rpm/redhat",
    "Rocky Linux": "rpm/rocky",
    "AlmaLinux": "rpm/almalinux",
    "openSUSE": "rpm/opensuse",
    "SUSE": "rpm/suse",
    "GitHub Actions": "github",
}
SEPARATORS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Package:
    """One version of a package.

    `ecosystem` is as OSV has it (`PyPI`, `Debian:12`), empty where none is known; `name` is normalised.
    `hashes` are `sha256:…`. `requires` are names of packages of the same list. `origin` is where it comes
    from, empty for the ecosystem's own index. `source` and `source_version` are what it was built from,
    where a distribution's advisories speak of that.
    """

    ecosystem: str
    name: str
    version: str
    locator: str = ""
    line: int | None = None
    licence: str = ""
    hashes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    origin: str = ""
    source: str = ""
    source_version: str = ""

    @property
    def purl(self) -> str:
        """The package URL; the distribution's release is its qualifier `distro`."""
        return package_url(self.ecosystem, self.name, self.version)


@dataclass(frozen=True, kw_only=True, eq=False)
class PackageList(View):
    """A view that names packages: those that are there, or will be installed."""

    packages: tuple[Package, ...] = ()

    @property
    def present(self) -> tuple[Package, ...]:
        """The packages that advisories have to be asked about; one without a version is unknown."""
        return self.packages


def package_url(ecosystem: str, name: str, version: str) -> str:
    """The purl of a package. Source: package-url specification, "How to build"."""
    system, _, release = ecosystem.partition(":")
    kind = PURL_TYPES.get(system, "generic")
    separator = ":" if kind == "maven" else "/"
    path = "/".join(quote(part, safe="") for part in name.split(separator))
    at = f"@{quote(version, safe=':')}" if version else ""
    distribution = kind.partition("/")[2]
    qualifier = f"?distro={quote(f'{distribution}-{release}')}" if release and distribution else ""
    return f"pkg:{kind}/{path}{at}{qualifier}"


def normalised(ecosystem: str, name: str) -> str:
    """The one spelling of a name that an ecosystem takes in many. Source: PEP 503, "Normalized Names"."""
    if ecosystem == "PyPI":
        return SEPARATORS.sub("-", name).lower()
    return name.lower() if ecosystem in ("npm", "NuGet", "Packagist") else name
