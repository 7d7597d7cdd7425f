"""PIP049: a condition trusts the name of a bot that the event's last actor has."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP049",
    Severity.MEDIUM,
    maps=["CWE-863"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: pull_request_target\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
            b"    if: github.actor == 'dependabot[bot]'\n    steps:\n      - run: make\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: pull_request\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
            b"    if: github.event.pull_request.user.login == 'dependabot[bot]'\n    steps:\n"
            b"      - run: make\n",
        ),
    ],
)
def spoofable_actor(view: Pipeline) -> Iterator[Finding]:
    """A condition trusts the name of a bot that the event's last actor has.

    Why: whoever makes the bot touch their pull request last (`@dependabot rebase`) passes the condition
    with their own code.
    Remediation: ask for the author: `github.event.pull_request.user.login`.
    Source: Synacktiv, "GitHub Actions exploitation: Dependabot", 2024; zizmor documentation, `bot-
    conditions`.
    """
    from hauberk.analysis.pipeline.workflows import ACTOR, conditions_in

    for each in conditions_in(view):
        if found := ACTOR.search(each.text):
            line = each.line_at(found.start())
            yield Finding(
                "PIP049", Place(view.locator, line=line), f"trusts `{found[0][:80]}`", found[0][:80]
            )
