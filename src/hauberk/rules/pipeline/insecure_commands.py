"""PIP048: commands that set variables through the log are switched on again."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP048",
    Severity.HIGH,
    maps=["CWE-94"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - run: ./x\n        env:\n          ACTIONS_ALLOW_UNSECURE_COMMANDS: true\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - run: ./x\n        env:\n          OTHER: true\n",
        ),
    ],
)
def insecure_commands(view: Pipeline) -> Iterator[Finding]:
    """Commands that set variables through the log are switched on again.

    Why: whatever is printed, also by strangers' code, can set `PATH` and run code in later steps.
    Remediation: take `ACTIONS_ALLOW_UNSECURE_COMMANDS` away; write to `GITHUB_ENV` and `GITHUB_PATH`.
    Source: CVE-2020-15228.
    """
    from hauberk.analysis.pipeline.secrets import settings_in

    for each in settings_in(view):
        if each.name == "ACTIONS_ALLOW_UNSECURE_COMMANDS" and each.value.lower() not in ("", "false", "0"):
            yield Finding("PIP048", Place(view.locator, line=each.line), f"sets {each.name}", each.name)
