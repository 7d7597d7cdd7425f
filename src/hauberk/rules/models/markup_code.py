"""MDL048: An extension of the XML model holds program text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pmml import SCRIPTS, MarkupModel

# Words of programs in Python, Java, JavaScript and shells, which names and numbers of vendors do not have.
PROGRAM = re.compile(
    r"\b(?:eval|exec|compile|__import__|system|popen|Popen|check_output|spawn)\s*\("
    r"|\bimport\s+(?:os|sys|subprocess|socket|ctypes|importlib|pickle)\b"
    r"|\bjava\.(?:lang\.(?:Runtime|ProcessBuilder|Class|System)|net|io|nio)\b|\bRuntime\.getRuntime\b|\bProcessBuilder\b"
    r"|\b(?:os|subprocess|socket)\.\w+\s*\(|\bscriptengine\b|\bjavascript:|#!\s*/|\bpowershell\b|\bcmd(?:\.exe)?\s+/c\b"
    r"|\b(?:curl|wget)\s+\S*://|(?:^|[;&|`$(])\s*(?:bash|sh)\s+-c\b",
    re.IGNORECASE,
)
HEAD = b'<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><Header>'


@rule(
    "MDL048",
    Severity.HIGH,
    maps=["CWE-94", "AML.T0011.000"],
    bad=[
        Sample(
            "model.pmml",
            HEAD + b"<Extension name='init'>import os; os.system('id')</Extension></Header></PMML>",
        )
    ],
    good=[Sample("model.pmml", HEAD + b'<Extension name="timestamp" value="2026-01-01"/></Header></PMML>')],
)
def markup_code(view: MarkupModel) -> Iterator[Finding]:
    """An extension of the XML model holds program text.

    Why: scoring engines run the scripts that their own extensions hold; a model of numbers needs none.
    Remediation: ask for a model without the extension, or remove it and compare the model's results.
    Source: PMML 4.4, "General Structure", Extension; Nyoka, README, "Pre-processing and post-processing
        scripts".
    """
    for each in view.texts:
        if PROGRAM.search(each.text):
            said = f"{each.element} {each.name!r} holds program text: {' '.join(each.text.split())[:120]}"
            yield Finding("MDL048", Place(view.locator), said, each.name or each.element)
        elif each.element in SCRIPTS:
            said = f"{each.element} {each.name!r} holds a script"
            yield Finding("MDL048", Place(view.locator), said, each.name or each.element, Severity.MEDIUM)
