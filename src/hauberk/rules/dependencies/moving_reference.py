"""DEP005: repositories at a branch or tag."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dependencies.dependency_list import DependencyList, Sort

COMMIT = b"0123456789abcdef0123456789abcdef01234567"


@rule(
    "DEP005",
    Severity.MEDIUM,
    maps=["CWE-494", "CWE-829", "AML.T0010.001", "LLM03:2025"],
    bad=[
        Sample("requirements.txt", b"git+https://example.org/fast.git@main\n"),
        Sample("requirements.txt", b"fast @ git+https://example.org/fast.git\n"),
        Sample("package.json", b'{"dependencies": {"fast": "github:example/fast"}}'),
        Sample("Cargo.toml", b'[dependencies]\nfast = { git = "https://example.org/fast", tag = "v1.0" }\n'),
    ],
    good=[
        Sample("requirements.txt", b"git+https://example.org/fast.git@" + COMMIT + b"#egg=fast\n"),
        Sample("package.json", b'{"dependencies": {"fast": "github:example/fast#' + COMMIT + b'"}}'),
    ],
)
def moving_reference(view: DependencyList) -> Iterator[Finding]:
    """A dependency is whatever a branch or tag of a repository points to today.

    Why: whoever can push there, or has moved a tag (75 of trivy-action were, in March 2026), has their code
    installed.
    Remediation: name the full commit, or take a released package with a hash.
    Source: pip documentation, "VCS Support"; GHSA-69fq-xp46-6x23; CWE-494.
    """
    from hauberk.analysis.dependencies.origins import Reference, git_reference, shown

    asked = [(each.name, each.url, each.line) for each in view.requirements]
    if view.sort is Sort.LOCK:
        asked += [(each.name, each.origin, each.line) for each in view.packages if each.origin]
    for name, url, line in asked:
        reference = git_reference(url)
        if reference in (None, Reference.COMMIT):
            continue
        # A project's lock file names the commit; a tag is at least meant to stay.
        is_mild = reference is Reference.RELEASE or view.sort is Sort.PROJECT
        what = "a tag" if reference is Reference.RELEASE else "a branch"
        message = f"{name} is {what} of {shown(url)}"
        severity = Severity.LOW if is_mild else None
        yield Finding("DEP005", Place(view.locator, line=line), message, f"{name} {shown(url)}", severity)
