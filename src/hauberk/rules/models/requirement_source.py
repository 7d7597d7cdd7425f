"""MDL107: requirements of a model that come from elsewhere than its index."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.text import TextDocument

NAMES = re.compile(
    r"(?:conda|python_env|environment)\.ya?ml|(?:[\w-]+-)?requirements[\w.-]*\.(?:txt|in)", re.IGNORECASE
)
# Indexes of publishers that PyPI's projects themselves point to.
PUBLISHED = re.compile(
    r"https://(?:pypi\.org|download\.pytorch\.org|pypi\.nvidia\.com|pypi\.python\.org|storage\.googleapis\.com/(?:jax|libtpu)-releases)/"
)
INDEX = re.compile(r"(?:^|\s)(-i|--index-url|--extra-index-url|-f|--find-links)[ =]+(\S+)", re.MULTILINE)
ELSEWHERE = re.compile(
    r"(?:^|[\s\"'@-])((?:git|hg|svn|bzr)\+\S+|(?:https?|ftp|file)://\S+\.(?:whl|tar\.gz|zip|tgz)\S*|file:\S+)",
    re.MULTILINE,
)
PINNED = re.compile(r"@[0-9a-f]{40}\b|#sha256=|--hash=")
SHELL = re.compile(r"\$\([^)]*\)|`[^`\n]+`|;\s*(?:curl|wget|bash|sh)\b|&&\s*\w+|\|\s*(?:ba)?sh\b")


@rule(
    "MDL107",
    Severity.LOW,
    maps=["CWE-829", "CWE-427", "AML.T0010.001", "LLM03:2025"],
    bad=[
        Sample("requirements.txt", b"--extra-index-url http://10.0.0.1/simple\ntorch\n"),
        Sample("conda.yaml", b"dependencies:\n- pip:\n  - git+https://example.org/x.git\n"),
        Sample("requirements.txt", b"numpy$(id)\n"),
    ],
    good=[
        Sample(
            "requirements.txt",
            b"--extra-index-url https://download.pytorch.org/whl/cpu\ntorch==2.6.0  # `fast`\n",
        ),
        Sample(
            "conda.yaml", b"channels: [conda-forge]\ndependencies:\n- python=3.11\n- pip:\n  - mlflow==3.1\n"
        ),
    ],
)
def requirement_source(view: TextDocument) -> Iterator[Finding]:
    """A requirement comes from a place that no package index vouches for.

    Why: serving the model installs what it requires; another index, or a branch, can change it at will,
    and an extra index can shadow the package that you meant.
    Remediation: pin versions and hashes; name a commit where it must be a repository.
    Source: pip documentation, `--extra-index-url`, warning; CVE-2018-20225.
    """
    if not NAMES.fullmatch(view.name):
        return
    text = re.sub(r"(?m)(?:^|\s)#.*$", "", view.text)
    for found in INDEX.finditer(text):
        if not PUBLISHED.match(found[2]):
            is_open = found[2].startswith(("http://", "ftp://")) or "extra" in found[1]
            severity = Severity.MEDIUM if is_open else Severity.LOW
            yield _told(view, found[2], f"installs with {found[1]} from", severity)
    for found in ELSEWHERE.finditer(text):
        if not PINNED.search(found[1]) and not PUBLISHED.match(found[1]):
            is_open = (
                re.match(r"(?:git\+)?(?:http|ftp)://|https://(?!(?:[\w-]+\.)*git)", found[1]) is not None
            )
            yield _told(view, found[1], "installs", Severity.MEDIUM if is_open else Severity.LOW)
    for found in SHELL.finditer(text):
        yield _told(view, found[0], "has shell in it:", Severity.MEDIUM)


def _told(view: TextDocument, what: str, verb: str, severity: Severity) -> Finding:
    line = view.text[: max(view.text.find(what), 0)].count("\n") + 1
    # A URL may carry a password.
    shown = re.sub(r"//[^/@\s]+@", "//…@", what)[:160]
    return Finding("MDL107", Place(view.locator, line=line), f"{verb} {shown}", shown, severity)
