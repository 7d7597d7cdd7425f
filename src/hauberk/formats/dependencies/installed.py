"""Installed distributions of Python: `METADATA` of a `.dist-info`.

Source: PyPA specifications, "Core metadata" 2.4 and "Recording installed projects"; PEP 639.
"""

from __future__ import annotations

import re

from hauberk.core.package import Package, normalised
from hauberk.formats.dependencies.dependency_list import DependencyList, Found, Sort, distinct

PYPI = "PyPI"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
EXTRA = re.compile(r";.*\bextra\s*==")
# Licences as the classifiers of the index name them, where that is one SPDX licence.
CLASSIFIED = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "Zope Public License": "ZPL-2.1",
}
LICENCE_CLASSIFIER = "License :: "
# Characters of a licence field; longer ones hold the whole text.
MAX_LICENCE = 100


def read_metadata(locator: str, said: str) -> tuple[DependencyList, Found]:
    """The distribution that lies there, as the one package of a list."""
    found = Found()
    fields = _headers(said)
    name = next(iter(fields.get("name", ())), "")
    version = next(iter(fields.get("version", ())), "")
    if not name or not version:
        found.unread.append((1, "no name or no version"))
        return found.listed(locator, Sort.INSTALLED, PYPI), found
    needed = [NAME.match(each) for each in fields.get("requires-dist", ()) if not EXTRA.search(each)]
    package = Package(
        PYPI,
        normalised(PYPI, name),
        version,
        locator,
        licence=_licence(fields),
        requires=distinct(normalised(PYPI, each[0]) for each in needed if each),
    )
    found.packages.append(package)
    return found.listed(locator, Sort.INSTALLED, PYPI), found


def _headers(said: str) -> dict[str, list[str]]:
    """The fields before the first empty line; a line that begins with a space goes on with the last."""
    found: dict[str, list[str]] = {}
    last: list[str] = []
    for line in said.splitlines():
        if not line.strip():
            break
        if line[0].isspace() and last:
            last[-1] += "\n" + line.strip()
            continue
        key, mark, value = line.partition(":")
        if mark:
            last = found.setdefault(key.strip().lower(), [])
            last.append(value.strip())
    return found


def _licence(fields: dict[str, list[str]]) -> str:
    """The declared licence: an expression, then what the classifiers say, then a short text."""
    expression = next(iter(fields.get("license-expression", ())), "")
    if expression:
        return expression
    classified = [
        each.rpartition(" :: ")[2]
        for each in fields.get("classifier", ())
        if each.startswith(LICENCE_CLASSIFIER) and not each.endswith("OSI Approved")
    ]
    said = next(iter(fields.get("license", ())), "")
    if said and len(said) <= MAX_LICENCE and "\n" not in said and said.upper() != "UNKNOWN":
        return said
    return " AND ".join(dict.fromkeys(CLASSIFIED.get(each, each) for each in classified))
