"""IMG004: aDD fetches a file from the network without a checksum."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dockerfile import Dockerfile


@rule(
    "IMG004",
    Severity.MEDIUM,
    maps=["CWE-494", "AML.T0010.003"],
    bad=[
        Sample("Dockerfile", b"FROM x\nADD https://example.org/model.bin /m/\n"),
    ],
    good=[
        Sample(
            "Dockerfile",
            b"FROM x\n"
            b"ADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000"
            b"000000 https://example.org/model.bin /m/\n"
            b"ADD app.tar /app\n",
        ),
    ],
)
def unchecked_download(view: Dockerfile) -> Iterator[Finding]:
    """ADD fetches a file from the network without a checksum.

    Why: whoever holds the server decides what is in the image.
    Remediation: give `--checksum=sha256:...`, or fetch and compare in a RUN.
    Source: Docker documentation, "ADD --checksum"; CWE-494.
    """
    from hauberk.analysis.pipeline.recipes import remote_additions

    for line, what in remote_additions(view):
        yield Finding("IMG004", Place(view.locator, line=line), f"{what} is added as it comes", what)
