"""MDL062: The Keras configuration names a function of Keras that does more than compute."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.keras_policy import KerasMeaning, meaning
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.keras_config import KerasConfig


@rule(
    "MDL062",
    Severity.CRITICAL,
    maps=["CWE-502", "CWE-913", "AML.T0011.000", "LLM03:2025"],
    bad=[
        Sample("config.json", b'{"class_name": "function", "module": "keras.utils", "config": "get_file"}'),
        Sample("config.json", b'{"class_name": "Lambda", "config": {"function": "evil", "module": "os"}}'),
    ],
    good=[
        Sample("config.json", b'{"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}}')
    ],
)
def keras_function_gadget(view: KerasConfig) -> Iterator[Finding]:
    """The Keras configuration names a function of Keras that does more than compute.

    Why: functions of Keras that download, read or write files turn into gadgets when a configuration calls
    them.
    Remediation: do not load the model; ask its author for one that is built of layers only.
    Source: CVE-2025-8747, CVE-2025-12060.
    """
    for each in view.objects:
        if meaning(each) is KerasMeaning.GADGET:
            yield Finding(
                "MDL062",
                Place(view.locator),
                f"{each.path}: names {each.module or 'a function'}.{each.function or each.class_name}",
                f"{each.module}.{each.function or each.class_name}",
            )
