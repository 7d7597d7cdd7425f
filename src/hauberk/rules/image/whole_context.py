"""IMG005: everything in the folder is copied into the image, and no list keeps anything out."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dockerfile import Dockerfile


@rule(
    "IMG005",
    Severity.LOW,
    maps=["CWE-538", "CWE-552"],
    bad=[
        Sample("Dockerfile", b"FROM x\nCOPY . /app\n"),
    ],
    good=[
        Sample("Dockerfile", b"FROM x\nCOPY src /app/src\n"),
        Sample("Dockerfile", b"FROM x AS b\nCOPY . /app\nFROM y\nCOPY --from=b /app/bin /bin\n"),
    ],
)
def whole_context(view: Dockerfile) -> Iterator[Finding]:
    """Everything in the folder is copied into the image, and no list keeps anything out.

    Why: `.git`, `.env`, notebooks, data and keys come along, and stay in the layer.
    Remediation: write a `.dockerignore` that begins with `*`, or copy what is needed by name.
    Source: Docker documentation, ".dockerignore files"; CWE-538.
    """
    from hauberk.analysis.pipeline.recipes import whole_context

    for each in whole_context(view) if not view.has_ignore else ():
        known = "there is no .dockerignore" if view.has_ignore is False else "no .dockerignore was seen"
        severity = None if view.has_ignore is False else Severity.INFO
        message = f"copies the whole folder, and {known}"
        yield Finding("IMG005", Place(view.locator, line=each.line), message, "context", severity)
