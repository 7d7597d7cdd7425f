"""PIP033: a password is an argument of a command."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.script import Scripted


@rule(
    "PIP033",
    Severity.MEDIUM,
    maps=["CWE-522", "CWE-200"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"job:\n  script: |\n    docker login -u ci -p $REGISTRY_PASSWORD registry.example.org\n",
        ),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"job:\n  script: |\n"
            b'    echo "$REGISTRY_PASSWORD" | docker login -u ci --password-stdin registry.example.org\n',
        ),
    ],
)
def password_argument(view: Scripted) -> Iterator[Finding]:
    """A password is an argument of a command.

    Why: every process of the machine can read it, and shells and logs keep it.
    Remediation: give it on standard input (`docker login --password-stdin`).
    Source: CWE-522; Docker documentation, `docker login`.
    """
    from hauberk.analysis.pipeline.habits import commands_with_scripts, password_arguments

    for _, commands in commands_with_scripts(view):
        for each in password_arguments(commands):
            yield Finding("PIP033", Place(view.locator, line=each.line), each.message, each.subject)
