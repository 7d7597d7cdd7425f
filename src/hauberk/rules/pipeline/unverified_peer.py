"""PIP021: a command does not ask the other end of a connection who it is, or a package who signed it."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.script import Scripted


@rule(
    "PIP021",
    Severity.MEDIUM,
    maps=["CWE-295", "CWE-319"],
    bad=[
        Sample(
            ".gitlab-ci.yml", b"job:\n  script: |\n    curl -k https://example.org/model.bin -o model.bin\n"
        ),
        Sample(
            ".gitlab-ci.yml", b"job:\n  script: |\n    pip install --trusted-host example.org fast==1.0\n"
        ),
        Sample("Dockerfile", b"FROM scratch\nRUN git config --global http.sslVerify false\n"),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml",
            b"job:\n  script: |\n    curl -fsSL https://example.org/model.bin -o model.bin\n",
        ),
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    kubectl apply -f x.yaml\n"),
    ],
)
def unverified_peer(view: Scripted) -> Iterator[Finding]:
    """A command does not ask the other end of a connection who it is, or a package who signed it.

    Why: whoever stands between can hand over other code, models or packages.
    Remediation: take the option away, and install the certificate authority or key that is missing.
    Source: CWE-295.
    """
    from hauberk.analysis.pipeline.habits import commands_with_scripts, unverified_tls

    for _, commands in commands_with_scripts(view):
        for each in unverified_tls(commands):
            yield Finding("PIP021", Place(view.locator, line=each.line), each.message, each.subject)
