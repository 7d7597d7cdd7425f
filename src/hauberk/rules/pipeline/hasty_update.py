"""PIP060: the update bot proposes releases on their first day."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP060",
    Severity.INFO,
    maps=["CWE-1357"],
    bad=[
        Sample(
            ".github/dependabot.yml", b"version: 2\nupdates:\n  - package-ecosystem: pip\n    directory: /\n"
        ),
    ],
    good=[
        Sample(
            ".github/dependabot.yml",
            b"version: 2\nupdates:\n  - package-ecosystem: pip\n    directory: /\n"
            b"    cooldown: {default-days: 7}\n",
        ),
    ],
)
def hasty_update(view: Pipeline) -> Iterator[Finding]:
    """The update bot proposes releases on their first day.

    Why: most taken-over packages are found within a week; who waits that long never meets them.
    Remediation: set `cooldown: default-days: 7`; security updates do not wait for it.
    Source: GitHub documentation, "Dependabot options reference"; zizmor documentation, `dependabot-
    cooldown`.
    """
    from hauberk.analysis.pipeline.bots import hasty_updates

    for line, what in hasty_updates(view):
        yield Finding("PIP060", Place(view.locator, line=line), f"{what} is updated without a wait", what)
