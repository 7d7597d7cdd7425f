"""Which ecosystem orders its versions how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hauberk.analysis.vulnerabilities import alpine, debian, pep440, rpm, semver

Order = Callable[[str], Any]
# Characters of a version; honest ones have some dozen.
MAX_VERSION = 200
ORDERS: dict[str, Order] = {
    "PyPI": pep440.key,
    **dict.fromkeys(
        ("npm", "crates.io", "Go", "Hex", "Pub", "NuGet", "GitHub Actions", "SwiftURL"), semver.key
    ),
    **dict.fromkeys(("Debian", "Ubuntu", "Echo"), debian.key),
    **dict.fromkeys(("Alpine", "Wolfi", "Chainguard", "MinimOS", "Alpaquita"), alpine.key),
    **dict.fromkeys(
        ("Red Hat", "Rocky Linux", "AlmaLinux", "openSUSE", "SUSE", "Mageia", "openEuler", "Azure Linux"),
        rpm.key,
    ),
}


def order_of(ecosystem: str) -> Order | None:
    """What gives the key that an ecosystem's versions are sorted by; None where nobody here knows.

    The key raises ValueError for what is no version.
    """
    return ORDERS.get(ecosystem.partition(":")[0])


def bounded(order: Order, version: str) -> Any:
    """The key of a version. Raises ValueError for what is no version, or too long for one."""
    if len(version) > MAX_VERSION:
        raise ValueError(f"a version of {len(version)} characters")
    return order(version)
