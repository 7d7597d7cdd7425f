"""DEP002: pinned versions without hashes."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dependencies.dependency_list import DependencyList, Sort

SHA = "a" * 64
HASHED = f"torch==2.6.0 --hash=sha256:{SHA}\n".encode()
LOCK = (
    b'[[package]]\nname = "a"\nversion = "1"\nfiles = [{file = "a.whl", hash = "sha256:%s"}]\n' % SHA.encode()
)


@rule(
    "DEP002",
    Severity.LOW,
    maps=["CWE-494", "CWE-353", "AML.T0010.001", "LLM03:2025"],
    bad=[
        Sample("requirements.txt", b"torch==2.6.0\n"),
        Sample("requirements.txt", HASHED + b"numpy==2.0.0\n"),
        Sample("poetry.lock", LOCK + b'[[package]]\nname = "b"\nversion = "1"\nfiles = []\n'),
    ],
    good=[Sample("requirements.txt", HASHED), Sample("poetry.lock", LOCK)],
)
def unhashed_requirement(view: DependencyList) -> Iterator[Finding]:
    """Versions are pinned, but not the bytes that are installed.

    Why: an index, a mirror or a proxy can give other bytes under the same version, and nobody notices.
    Remediation: write hashes (`pip-compile --generate-hashes`, `uv export`), install with `--require-hashes`.
    Source: pip documentation, "Secure installs"; PEP 665, "Security".
    """
    if view.sort not in (Sort.REQUIREMENTS, Sort.LOCK) or view.ecosystem not in ("PyPI", "npm", "crates.io"):
        return
    listed = [each for each in view.packages if each.version and not each.origin]
    bare = [each for each in listed if not each.hashes]
    if not bare or (view.sort is Sort.LOCK and len(bare) == len(listed)):
        return
    if len(bare) == len(listed):
        message = f"none of {len(listed)} pinned packages has a hash"
        yield Finding("DEP002", Place(view.locator, line=bare[0].line), message, "hashes")
        return
    for each in bare:
        message = f"{each.name} {each.version} has no hash, and others in the file have"
        yield Finding("DEP002", Place(view.locator, line=each.line), message, each.name)
