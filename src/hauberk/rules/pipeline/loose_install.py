"""PIP028: packages are installed in whatever version is newest, next to what the project has locked."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.script import Scripted


@rule(
    "PIP028",
    Severity.LOW,
    maps=["CWE-1357", "CWE-829"],
    bad=[
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    pip install torch transformers\n"),
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    npm install -g wrangler\n"),
        Sample("Dockerfile", b"FROM scratch\nRUN pip install --no-cache-dir flask\n"),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"job:\n  script: |\n    pip install torch==2.1.0\n    pip install --upgrade pip\n"
            b"    pip install -r requirements.txt\n    pip install -e .\n    npm ci\n",
        ),
    ],
)
def loose_install(view: Scripted) -> Iterator[Finding]:
    """Packages are installed in whatever version is newest, next to what the project has locked.

    Why: a taken-over package comes into the build on the day of its release; two builds of one commit
    differ.
    Remediation: install from the lock file (`pip install --require-hashes -r`, `npm ci`, `uv sync
    --locked`), or name the version.
    Source: CWE-1357; zizmor documentation, `adhoc-packages`.
    """
    from hauberk.analysis.pipeline.habits import commands_with_scripts, loose_installs

    for _, commands in commands_with_scripts(view):
        for each in loose_installs(commands):
            yield Finding("PIP028", Place(view.locator, line=each.line), each.message, each.subject)
