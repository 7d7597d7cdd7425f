"""MDL084: R objects whose code runs commands."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.r_serialisation import RObject
from hauberk.rules.models.r_promise import HEADER, call

# Functions of R that run commands, or fetch what they run.
COMMANDS = {
    "system", "system2", "shell", "shell.exec", "pipe", "socketConnection", "make.socket", "download.file",
    "dyn.load", "install.packages", "fifo", "unserialize", "Sys.setenv", "unlink", "file.remove",
}  # fmt: skip


@rule(
    "MDL084",
    Severity.HIGH,
    maps=["CWE-502", "AML.T0011.000"],
    bad=[Sample("m.rds", HEADER + call(b"system"))],
    good=[Sample("m.rds", HEADER + call(b"lm"))],
)
def r_command(view: RObject) -> Iterator[Finding]:
    """Code in the R object calls functions that run commands or fetch files.

    Why: closures, promises, active bindings and quoted calls in a model run when its methods use them.
    Remediation: do not load the file; ask for the model in a format without code.
    Source: R documentation, `system`, `readRDS`; CVE-2024-27322.
    """
    for name in sorted(COMMANDS & set(view.calls)):
        yield Finding("MDL084", Place(view.locator), f"code in the object calls {name}", name)
