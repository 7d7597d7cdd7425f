"""PIP016: a program is fetched and run without a look at its digest."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.script import Scripted


@rule(
    "PIP016",
    Severity.MEDIUM,
    maps=["CWE-494", "CWE-829", "LLM03:2025"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"job:\n  script: |\n    curl -sSL https://example.org/install.sh | bash -s -- -b /bin\n",
        ),
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    bash <(curl -s https://example.org/up)\n"),
        Sample(
            ".gitlab-ci.yml",
            b"job:\n  script: |\n    wget -O tool https://example.org/tool\n    chmod +x tool\n",
        ),
        Sample("Dockerfile", b"FROM scratch\nRUN curl https://example.org/i.sh | sh\n"),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"job:\n  script: |\n    curl -fsSLo tool https://example.org/tool-1.2\n"
            b'    echo "$SUM  tool" | sha256sum -c\n    chmod +x tool\n',
        ),
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    curl https://example.org/api | jq .name\n"),
    ],
)
def remote_code(view: Scripted) -> Iterator[Finding]:
    """A program is fetched and run without a look at its digest.

    Why: whoever holds the server, or stands between, runs code in the build, with its secrets; so did the
    changed upload script of Codecov in 2021.
    Remediation: fetch a fixed version, compare its SHA-256 or its signature, then run it; or take it from
    a pinned image or package.
    Source: CWE-494; Codecov, "Bash Uploader Security Update", April 2021.
    """
    from hauberk.analysis.pipeline.habits import commands_with_scripts, remote_scripts

    for script, commands in commands_with_scripts(view):
        for each in remote_scripts(commands, script):
            yield Finding("PIP016", Place(view.locator, line=each.line), each.message, each.subject)
