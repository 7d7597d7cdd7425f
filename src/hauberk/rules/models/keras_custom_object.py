"""MDL066: The Keras model needs classes that are not Keras's own."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.keras_policy import KerasMeaning, meaning
from hauberk.core.finding import Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import Sample, rule
from hauberk.formats.keras_config import KerasConfig

# Custom classes that are told one by one.
MAX_TOLD = 20


@rule(
    "MDL066",
    Severity.LOW,
    maps=["CWE-829"],
    bad=[Sample("config.json", b'{"class_name": "MyLayer", "module": "mine", "config": {}}')],
    good=[
        Sample("config.json", b'{"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}}')
    ],
)
def keras_custom_object(view: KerasConfig) -> Iterator[Gap]:
    """The Keras model needs classes that are not Keras's own.

    Why: what such a class does is decided by code that is not in this file, so nobody judged it.
    Remediation: examine the package that defines the class, and accept the gap for it.
    Source: Keras documentation, `keras.saving.register_keras_serializable`.
    """
    custom = {
        f"{each.module}.{each.function or each.class_name}".lstrip("."): each
        for each in view.objects
        if meaning(each) is KerasMeaning.CUSTOM
    }
    for name, each in list(custom.items())[:MAX_TOLD]:
        yield Gap(
            Place(view.locator),
            "unknown",
            f"{each.path}: {name} is not Keras's own",
            "examine the package that defines it",
            rule="MDL066",
        )
