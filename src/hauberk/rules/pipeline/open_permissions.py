"""PIP034: a command gives every user of the machine the right to write."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.script import Scripted


@rule(
    "PIP034",
    Severity.LOW,
    maps=["CWE-732", "CWE-276"],
    bad=[
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    chmod -R 777 /models\n"),
        Sample("Dockerfile", b"FROM scratch\nRUN chmod a+rwx /app\n"),
    ],
    good=[
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    chmod 755 run.sh\n    chmod +x a\n"),
        Sample("Dockerfile", b"FROM scratch\nRUN chmod 1777 /tmp\n"),
    ],
)
def open_permissions(view: Scripted) -> Iterator[Finding]:
    """A command gives every user of the machine the right to write.

    Why: another process or job can change the file before it is run, packed or loaded.
    Remediation: give the right to its owner only (`chmod 755`, `u+w`).
    Source: CWE-732.
    """
    from hauberk.analysis.pipeline.rights import open_permissions

    for line, target in open_permissions(view):
        yield Finding(
            "PIP034", Place(view.locator, line=line), f"everybody may write {target[:100]}", target[:100]
        )
