"""DEP006: archives by URL."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dependencies.dependency_list import DependencyList

WHEEL = b"https://files.example.org/mine-1.0-py3-none-any.whl"


@rule(
    "DEP006",
    Severity.LOW,
    maps=["CWE-494", "CWE-829", "AML.T0010.001", "LLM03:2025"],
    bad=[
        Sample("requirements.txt", WHEEL + b"\n"),
        Sample("requirements.txt", b"mine @ http://files.example.org/mine-1.0.tar.gz\n"),
        Sample(
            "package-lock.json",
            b'{"packages": {"node_modules/a": {"version": "1.0.0", "resolved": "http://e.example/a.tgz"}}}',
        ),
    ],
    good=[
        Sample("requirements.txt", WHEEL + b"#sha256=" + b"a" * 64 + b"\n"),
        Sample("requirements.txt", WHEEL + b" --hash=sha256:" + b"a" * 64 + b"\n"),
    ],
)
def unhashed_archive(view: DependencyList) -> Iterator[Finding]:
    """A dependency is whatever a web server gives for a URL.

    Why: nothing says which bytes were meant, so the server, or who is on the way, can exchange them.
    Remediation: add the hash (`#sha256=…`), or take the package from an index.
    Source: pip documentation, "Hash-checking Mode"; CWE-494.
    """
    from hauberk.analysis.dependencies.origins import is_archive, is_held, is_plain, is_published, shown

    asked = {(each.name, each.url, each.line): bool(each.hashes) for each in view.requirements}
    asked |= {(each.name, each.origin, each.line): bool(each.hashes) for each in view.packages}
    for (name, url, line), is_hashed in asked.items():
        if is_hashed or not is_archive(url) or is_held(url) or is_published(url):
            continue
        severity = Severity.MEDIUM if is_plain(url) else None
        message = f"{name} comes from {shown(url)}, without a hash"
        yield Finding("DEP006", Place(view.locator, line=line), message, f"{name} {shown(url)}", severity)
