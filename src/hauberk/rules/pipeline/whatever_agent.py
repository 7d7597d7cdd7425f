"""PIP036: a job runs on any machine that is free."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.jenkinsfile import JenkinsPipeline


@rule(
    "PIP036",
    Severity.LOW,
    maps=["CWE-284"],
    bad=[
        Sample(
            "Jenkinsfile", b"pipeline {\n  agent any\n  stages { stage('a') { steps { sh 'make' } } }\n}\n"
        ),
    ],
    good=[
        Sample(
            "Jenkinsfile",
            b"pipeline {\n"
            b"  agent { docker { image 'x@sha256:000000000000000000000000000000000000000000000"
            b"0000000000000000000' } }\n"
            b"  stages { stage('a') { steps { sh 'make' } } }\n}\n",
        ),
    ],
)
def whatever_agent(view: JenkinsPipeline) -> Iterator[Finding]:
    """A job runs on any machine that is free.

    Why: long-lived machines keep what earlier jobs left: tools, caches and keys of others.
    Remediation: name an agent that is made for the job and thrown away after it (a container by digest).
    Source: Jenkins handbook, "Controller isolation"; SLSA 1.2, "Isolation".
    """
    for each in view.loose_agents:
        yield Finding("PIP036", Place(view.locator, line=each.line), f"the agent is `{each.text}`", each.text)
