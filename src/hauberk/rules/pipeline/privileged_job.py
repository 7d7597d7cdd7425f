"""PIP022: a job gets the rights of the machine that it runs on."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.script import Scripted


@rule(
    "PIP022",
    Severity.MEDIUM,
    maps=["CWE-250", "CWE-269"],
    bad=[
        Sample(
            ".gitlab-ci.yml", b"job:\n  script: |\n    docker run --privileged -v $PWD:/src builder make\n"
        ),
        Sample(
            ".gitlab-ci.yml",
            b"job:\n  script: |\n    docker run -v /var/run/docker.sock:/var/run/docker.sock builder make\n",
        ),
    ],
    good=[
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    docker run --rm -v $PWD:/src builder make\n"),
    ],
)
def privileged_job(view: Scripted) -> Iterator[Finding]:
    """A job gets the rights of the machine that it runs on.

    Why: a privileged container, or one that holds the engine's socket, is root on the runner: it reads
    other jobs' secrets and changes their images.
    Remediation: build without privileges (rootless buildkit, kaniko, buildah), on machines that are
    thrown away after each job.
    Source: NIST SP 800-190, 4.4.3; CWE-250.
    """
    from hauberk.analysis.pipeline.rights import privileged_places

    for line, message in privileged_places(view):
        yield Finding("PIP022", Place(view.locator, line=line), message, message[:100])
