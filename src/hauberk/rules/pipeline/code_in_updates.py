"""PIP061: the update bot may run code of the packages that it looks at."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP061",
    Severity.HIGH,
    maps=["CWE-829"],
    bad=[
        Sample(
            ".github/dependabot.yml",
            b"version: 2\nupdates:\n  - package-ecosystem: bundler\n"
            b"    insecure-external-code-execution: allow\n",
        ),
    ],
    good=[
        Sample(".github/dependabot.yml", b"version: 2\nupdates:\n  - package-ecosystem: bundler\n"),
    ],
)
def code_in_updates(view: Pipeline) -> Iterator[Finding]:
    """The update bot may run code of the packages that it looks at.

    Why: a manifest of a stranger runs with the bot's access to registries.
    Remediation: take `insecure-external-code-execution` away.
    Source: GitHub documentation, "Dependabot options reference".
    """
    from hauberk.analysis.pipeline.bots import foreign_code_in_updates

    for line, what in foreign_code_in_updates(view):
        yield Finding(
            "PIP061", Place(view.locator, line=line), f"{what} may run code while it is updated", what
        )
