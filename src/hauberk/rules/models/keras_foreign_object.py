"""MDL061: The Keras configuration names an object that is not Keras's own and can run commands."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.keras_policy import KerasMeaning, meaning
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.keras_config import KerasConfig


@rule(
    "MDL061",
    Severity.CRITICAL,
    maps=["CWE-502", "CWE-913", "AML.T0011.000", "LLM03:2025"],
    bad=[
        Sample("config.json", b'{"class_name": "function", "module": "os", "config": "system"}'),
        Sample("config.json", b'{"module": "subprocess", "class_name": "Popen", "config": {"args": "id"}}'),
    ],
    good=[
        Sample("config.json", b'{"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}}')
    ],
)
def keras_foreign_object(view: KerasConfig) -> Iterator[Finding]:
    """The Keras configuration names an object that is not Keras's own and can run commands.

    Why: older versions of Keras import whatever module the configuration names, and call what they
    find there.
    Remediation: do not load the model; ask its author for one that is built of Keras's own classes.
    Source: CVE-2025-1550.
    """
    for each in view.objects:
        if meaning(each) is KerasMeaning.FOREIGN:
            yield Finding(
                "MDL061",
                Place(view.locator),
                f"{each.path}: names {each.module}.{each.function or each.class_name}",
                f"{each.module}.{each.function or each.class_name}",
            )
