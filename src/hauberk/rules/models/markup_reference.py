"""MDL047: The XML model takes a part of itself from somewhere else."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pmml import MarkupModel

HEAD = b'<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4" xmlns:xi="http://www.w3.org/2001/XInclude">'


@rule(
    "MDL047",
    Severity.HIGH,
    maps=["CWE-611", "CWE-918", "AML.T0011.000"],
    bad=[
        Sample("model.pmml", HEAD + b'<Header/><xi:include href="file:///etc/passwd" parse="text"/></PMML>'),
        Sample(
            "style.pmml",
            b'<?xml-stylesheet type="text/xsl" href="https://example.org/x.xsl"?>' + HEAD + b"</PMML>",
        ),
    ],
    good=[Sample("model.pmml", HEAD + b"<Header/></PMML>")],
)
def markup_reference(view: MarkupModel) -> Iterator[Finding]:
    """The XML model takes a part of itself from somewhere else.

    Why: an include or a style sheet makes the program that opens the model read local files, call
        addresses inside
        the network, or run a transformation that somebody else wrote.
    Remediation: ask for a model in one file.
    Source: XML Inclusions (XInclude) 1.0; OWASP, "XML External Entity Prevention Cheat Sheet".
    """
    for each in view.references:
        said = f"{each.role} refers to {each.path[:200]!r}"
        yield Finding("MDL047", Place(view.locator), said, each.path[:200])
