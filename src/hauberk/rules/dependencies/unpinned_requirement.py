"""DEP001: requirements of which any version will do."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dependencies.dependency_list import DependencyList, Sort

# What is compiled into a pinned list, or says what another list may hold.
SOURCES = (".in",)
CONSTRAINTS = "constraints"
ANY = ("", "*", "latest", "x")


@rule(
    "DEP001",
    Severity.LOW,
    maps=["CWE-1357", "CWE-829", "AML.T0010.001", "LLM03:2025"],
    bad=[
        Sample("requirements.txt", b"torch>=2.0\n"),
        Sample("package.json", b'{"dependencies": {"lodash": "latest"}}'),
        Sample("environment.yml", b"dependencies:\n  - scipy\n"),
    ],
    good=[
        Sample("requirements.txt", b"torch==2.6.0\n-e .\n./wheels/mine-1.0-py3-none-any.whl\n"),
        Sample("requirements.in", b"torch>=2.0\n"),
        Sample("pyproject.toml", b'[project]\ndependencies = ["torch>=2.0"]\n'),
        Sample("package.json", b'{"dependencies": {"lodash": "^4.17.21"}}'),
    ],
)
def unpinned_requirement(view: DependencyList) -> Iterator[Finding]:
    """A requirement leaves open which version is installed.

    Why: the same file installs other code tomorrow, also a version that somebody has taken over.
    Remediation: pin the version with `==`, best from a lock file with hashes.
    Source: pip documentation, "Repeatable Installs"; OWASP LLM03:2025, "Supply Chain".
    """
    if view.name.endswith(SOURCES) or CONSTRAINTS in view.name:
        return
    for each in view.requirements:
        is_open = view.sort is Sort.REQUIREMENTS or (
            each.ecosystem == "npm" and each.specifier.strip() in ANY
        )
        if is_open and not (each.pin or each.url or each.is_editable):
            asked = each.specifier or "any version"
            message = f"{each.name} is not pinned: {asked[:80]}"
            yield Finding("DEP001", Place(view.locator, line=each.line), message, each.name)
