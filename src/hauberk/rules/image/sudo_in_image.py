"""IMG008: the recipe installs or uses sudo."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dockerfile import Dockerfile

SUDO = re.compile(r"(?:^|[\s;&|])sudo(?=\s|$)|NOPASSWD")


@rule(
    "IMG008",
    Severity.LOW,
    maps=["CWE-250", "CWE-269"],
    bad=[
        Sample("Dockerfile", b"FROM x\nRUN apt-get install -y sudo\n"),
        Sample("Dockerfile", b"FROM x\nRUN sudo make install\n"),
    ],
    good=[
        Sample("Dockerfile", b"FROM x\nRUN apt-get install -y git\n"),
    ],
)
def sudo_in_image(view: Dockerfile) -> Iterator[Finding]:
    """The recipe installs or uses sudo.

    Why: a build is root already, and a running container should have no way to become it.
    Remediation: switch users with USER; leave sudo out.
    Source: CIS Docker Benchmark 1.6, 4.8; hadolint, DL3004.
    """
    for script in view.scripts:
        if found := SUDO.search(script.text):
            line = script.line_at(found.start() + 1)
            yield Finding("IMG008", Place(view.locator, line=line), "installs or uses sudo", "sudo")
