"""DEP007: names that are a slip away from popular ones."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Confidence, Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.dependencies.dependency_list import DependencyList, Sort


@rule(
    "DEP007",
    Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    maps=["CWE-506", "CWE-1007", "AML.T0011.001", "AML.T0010.001", "LLM03:2025"],
    bad=[
        Sample("requirements.txt", b"reqeusts==2.0\n"),
        Sample("pyproject.toml", b'[project]\ndependencies = ["transfomers"]\n'),
        Sample("package.json", b'{"dependencies": {"expresss": "^4.0.0"}}'),
    ],
    good=[
        Sample(
            "requirements.txt", b"requests==2.32.0\ntorchvision==0.21.0\nflask-cors==5.0.0\n-e ./reqeusts\n"
        ),
        Sample("package.json", b'{"dependencies": {"express": "^4.0.0", "preact": "^10.0.0"}}'),
    ],
)
def look_alike_name(view: DependencyList) -> Iterator[Finding]:
    """A dependency's name is one slip of the keyboard away from a popular package, and is not known itself.

    Why: such names are registered by the hundred to run code on the machines of those who mistype.
    Remediation: install the package that you meant; if you meant this one, accept the finding.
    Source: MITRE ATLAS AML.T0011.001; Vu et al. 2020, "Typosquatting and Combosquatting Attacks on the
    Python Ecosystem".
    """
    from hauberk.analysis.dependencies.look_alike import resembled

    if view.sort is Sort.INSTALLED:
        return
    asked = {(each.ecosystem, each.name): each.line for each in view.packages if not each.origin}
    asked |= {
        (each.ecosystem, each.name): each.line
        for each in view.requirements
        if not (each.url or each.is_editable)
    }
    for (ecosystem, name), line in asked.items():
        meant = resembled(ecosystem, name)
        if meant:
            message = f"{name} is unknown, and looks like {meant}"
            yield Finding("DEP007", Place(view.locator, line=line), message, name)
