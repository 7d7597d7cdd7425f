"""DEP003: an index beside another one."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dependencies.dependency_list import DependencyList, Trust

HASHED = b"mine==1 --hash=sha256:" + b"a" * 64 + b"\n"
INNER = b"--extra-index-url https://packages.example.org/simple\n"
# Builds of the night: what is uploaded there was never released.
NIGHTLY = "/nightly"


@rule(
    "DEP003",
    Severity.MEDIUM,
    maps=["CWE-427", "CWE-829", "AML.T0010.001", "LLM03:2025"],
    bad=[
        Sample("requirements.txt", INNER + b"mine==1\n"),
        Sample("pip.conf", b"[global]\nextra-index-url = https://packages.example.org/simple\n"),
        Sample(
            "pyproject.toml",
            b'[[tool.poetry.source]]\nname = "x"\nurl = "https://packages.example.org/"\n'
            b'priority = "supplemental"\n',
        ),
    ],
    good=[
        Sample("requirements.txt", INNER + HASHED),
        Sample("requirements.txt", b"--extra-index-url https://download.pytorch.org/whl/cpu\ntorch==2.6.0\n"),
        Sample("requirements.txt", b"-i https://packages.example.org/simple\nmine==1\n"),
        Sample("pyproject.toml", b'[[tool.uv.index]]\nurl = "https://packages.example.org/"\n'),
    ],
)
def index_confusion(view: DependencyList) -> Iterator[Finding]:
    """A second index stands beside the first, and the highest version of either wins.

    Why: whoever publishes a private package's name on the public index, with a high version, gets it
    installed; so torchtriton came into PyTorch's nightly builds in 2022.
    Remediation: use one index (`--index-url`) that proxies the public one, bind packages to their index
    (`explicit`), or pin hashes.
    Source: CVE-2018-20225; pip documentation, `--extra-index-url`; PyTorch, "Compromised PyTorch-nightly".
    """
    from hauberk.analysis.dependencies.origins import is_published, shown

    needed = [each for each in view.requirements if not each.url]
    if view.refuses_indexes or view.asks_for_hashes or (needed and all(each.hashes for each in needed)):
        return
    for each in view.indexes:
        if each.trust is not Trust.EXTRA or "://" not in each.url:
            continue
        if not is_published(each.url):
            severity = Severity.LOW if each.option in ("channels", "-f", "--find-links") else None
        elif NIGHTLY in each.url:
            severity = Severity.LOW
        else:
            continue
        message = f"{each.option} {shown(each.url)} competes with the first index for every name"
        yield Finding("DEP003", Place(view.locator, line=each.line), message, shown(each.url), severity)
