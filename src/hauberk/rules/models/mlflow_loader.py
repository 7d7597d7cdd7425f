"""MDL106: MLflow models that bring their loader."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.mlflow_model import MlflowModel


@rule(
    "MDL106",
    Severity.MEDIUM,
    maps=["CWE-829", "AML.T0010.003", "AML.T0011.000"],
    bad=[
        Sample("MLmodel", b"flavors:\n  python_function:\n    loader_module: my_loader\n    code: code\n"),
        Sample("MLmodel", b"flavors: {python_function: {loader_module: subprocess}}\n"),
    ],
    good=[
        Sample(
            "MLmodel", b"flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    code: null\n"
        )
    ],
)
def mlflow_loader(view: MlflowModel) -> Iterator[Finding]:
    """The MLflow model is loaded by code that is not MLflow's own.

    Why: `mlflow.pyfunc.load_model` puts the model's code folder on Python's path, imports
    `loader_module` and calls it, before anything of the model is looked at.
    Remediation: read that code; log the model with a flavour of MLflow's own.
    Source: MLflow documentation, "MLflow Models", pyfunc; CVE-2024-37052 to CVE-2024-37060.
    """
    from hauberk.analysis.code.targets import grade

    place = Place(view.locator)
    loader = view.loader_module
    if loader and not loader.startswith("mlflow."):
        graded = grade(f"{loader}.load") or Severity.MEDIUM
        severity = max(graded, Severity.MEDIUM)
        yield Finding("MDL106", place, f"is loaded by the module {loader}", loader, severity)
    for path in view.code:
        yield Finding("MDL106", place, f"puts its own code on Python's path: {path}", path, Severity.LOW)
    if view.model_code:
        yield Finding(
            "MDL106", place, f"runs {view.model_code} to make the model", view.model_code, Severity.LOW
        )
