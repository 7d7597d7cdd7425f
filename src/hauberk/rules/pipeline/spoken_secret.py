"""PIP020: a command writes a secret to the log."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.script import Scripted


@rule(
    "PIP020",
    Severity.HIGH,
    maps=["CWE-532", "CWE-200"],
    bad=[
        Sample(".gitlab-ci.yml", b'job:\n  script: |\n    echo "token is $DEPLOY_TOKEN"\n'),
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    printenv\n"),
        Sample(".gitlab-ci.yml", b'variables:\n  CI_DEBUG_TRACE: "true"\njob:\n  script: [make]\n'),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b'job:\n  script: |\n    echo "$DEPLOY_TOKEN" | docker login -u x --password-stdin\n',
        ),
        Sample(".gitlab-ci.yml", b'job:\n  script: |\n    echo "$TOKEN" > token.txt\n'),
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    env | grep PATH\n"),
    ],
)
def spoken_secret(view: Scripted) -> Iterator[Finding]:
    """A command writes a secret to the log.

    Why: logs are kept, shown to many and often public; masking fails for changed or encoded text.
    Remediation: take the command out; look at a secret's length or digest if you must know that it is
    there.
    Source: CWE-532; GitLab documentation, "CI_DEBUG_TRACE".
    """
    from hauberk.analysis.pipeline.habits import commands_with_scripts, spoken_secrets
    from hauberk.analysis.pipeline.secrets import traced

    for _, commands in commands_with_scripts(view):
        for each in spoken_secrets(commands):
            yield Finding("PIP020", Place(view.locator, line=each.line), each.message, each.subject)

    for name, line in traced(view):
        yield Finding(
            "PIP020",
            Place(view.locator, line=line),
            f"{name} writes every command and variable to the log",
            name,
        )
