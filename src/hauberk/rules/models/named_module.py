"""MDL108: files whose only word is a module to import."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.text import TextDocument

# The files, and the modules that MLflow itself writes into them.
EXPECTED = {
    "pickle_module_info.txt": {"mlflow.pytorch.pickle_module", "pickle", "cloudpickle", "dill"},
    "keras_module.txt": {"keras", "tensorflow.keras", "tf.keras", "keras_core", "keras.api"},
}


@rule(
    "MDL108",
    Severity.HIGH,
    maps=["CWE-470", "AML.T0011.000"],
    bad=[Sample("pickle_module_info.txt", b"my_loader")],
    good=[
        Sample("pickle_module_info.txt", b"mlflow.pytorch.pickle_module"),
        Sample("notes.txt", b"my_loader"),
    ],
)
def named_module(view: TextDocument) -> Iterator[Finding]:
    """A file of the model names a module of a stranger's, which loading imports.

    Why: MLflow imports the module that the file names and unpickles the model with it; a module from the
    model's code folder, or one with side effects, runs at once.
    Remediation: log the model again with MLflow's own pickle module.
    Source: mlflow, `pytorch/__init__.py`, `_PICKLE_MODULE_INFO_FILE_NAME`; `keras`, `keras_module.txt`.
    """
    from hauberk.analysis.code.targets import grade

    expected = EXPECTED.get(view.name)
    name = view.text.strip()[:200]
    if expected is not None and name not in expected:
        severity = max(grade(f"{name}.load") or Severity.HIGH, Severity.HIGH)
        yield Finding("MDL108", Place(view.locator), f"has the module {name!r} imported", name, severity)
