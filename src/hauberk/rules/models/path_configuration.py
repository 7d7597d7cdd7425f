"""MDL109: Python's start-up files beside a model."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.text import TextDocument

IMPORTS = re.compile(r"^import[ \t]\s*\S.*$", re.MULTILINE)


@rule(
    "MDL109",
    Severity.HIGH,
    maps=["CWE-506", "CWE-427", "AML.T0011.000"],
    bad=[Sample("model.pth", b"import os; os.system('id')\n")],
    good=[Sample("editable.pth", b"/home/somebody/project/src\n")],
)
def path_configuration(view: TextDocument) -> Iterator[Finding]:
    """A `.pth` file is lines of Python that run at every start of the interpreter.

    Why: where such a file lies in site-packages, Python executes each of its lines that begins with
    `import`; as the weights that its name promises it is of no use.
    Remediation: delete the file, unless a package of yours installs it.
    Source: Python library reference, `site`.
    """
    # Long lines of text only begin with the word by chance.
    if view.name.endswith(".pth") and (found := IMPORTS.search(view.text)):
        is_honest = re.fullmatch(r"import [\w.]+|import os; var = .*_distutils_hack.*", found[0].strip())
        severity = Severity.LOW if is_honest else None
        line = view.text.count("\n", 0, found.start()) + 1
        yield Finding(
            "MDL109", Place(view.locator, line=line), f"runs {found[0][:80]!r}", found[0][:80], severity
        )
