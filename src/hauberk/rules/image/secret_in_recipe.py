"""IMG003: the recipe puts a secret into the image or its history."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dockerfile import Dockerfile


@rule(
    "IMG003",
    Severity.HIGH,
    maps=["CWE-522", "CWE-798", "CWE-312", "LLM02:2025"],
    bad=[
        Sample("Dockerfile", b"FROM x\nENV API_KEY=abcd1234efgh5678\n"),
        Sample("Dockerfile", b"FROM x\nARG HF_TOKEN\nRUN hf auth login --token $HF_TOKEN\n"),
        Sample("Dockerfile", b"FROM x\nCOPY .env /app/.env\n"),
    ],
    good=[
        Sample(
            "Dockerfile",
            b"FROM x\nENV TOKENIZERS_PARALLELISM=false SECRET_NAME=prod\n"
            b"RUN --mount=type=secret,id=hf cat /run/secrets/hf\n",
        ),
    ],
)
def secret_in_recipe(view: Dockerfile) -> Iterator[Finding]:
    """The recipe puts a secret into the image or its history.

    Why: everybody who can pull the image can read it, also where a later layer deletes it.
    Remediation: use `RUN --mount=type=secret` while building, and give secrets to the running container
    from outside.
    Source: Docker documentation, "Build secrets"; CWE-522; CIS Docker Benchmark 1.6, 4.10.
    """
    from hauberk.analysis.pipeline.recipes import kept_secrets

    for line, what in kept_secrets(view):
        yield Finding("IMG003", Place(view.locator, line=line), what, what)
