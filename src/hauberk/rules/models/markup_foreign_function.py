"""MDL049: The XML model calls a function of a Java library."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import Sample, rule
from hauberk.formats.pmml import MarkupModel

# The packages of Java itself: none of them has functions for PMML, and some run commands.
JAVA = re.compile(r"(?:java|javax|jdk|sun|com\.sun)\.")
HEAD = b'<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><TransformationDictionary><DerivedField>'
TAIL = b"</DerivedField></TransformationDictionary></PMML>"


@rule(
    "MDL049",
    Severity.HIGH,
    maps=["CWE-470", "AML.T0011.000"],
    bad=[
        Sample("java.pmml", HEAD + b'<Apply function="java.lang.Runtime.exec"/>' + TAIL),
        Sample("own.pmml", HEAD + b'<Apply function="org.example.Fetch"/>' + TAIL),
    ],
    good=[Sample("model.pmml", HEAD + b'<Apply function="log10"/>' + TAIL)],
)
def markup_foreign_function(view: MarkupModel) -> Iterator[Finding | Gap]:
    """The XML model calls a function of a Java library.

    Why: evaluators load the class by this name from all that is installed, and call it with the model's
        values.
    Remediation: ask for a model that uses PMML's own functions, or examine the class.
    Source: JPMML-Evaluator, README, "Java user-defined functions".
    """
    for each in view.functions:
        if JAVA.match(each):
            yield Finding("MDL049", Place(view.locator), f"calls {each[:200]}", each[:200])
        else:
            message = f"calls {each[:200]}, which is none of PMML's functions"
            remedy = "examine the class, then accept this gap"
            yield Gap(Place(view.locator), "unknown-operator", message, remedy, "MDL049")
