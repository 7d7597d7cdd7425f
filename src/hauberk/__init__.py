"""Hauberk: the chain of custody for AI systems.

    >>> import hauberk
    >>> report = hauberk.scan("models/")
    >>> [finding.message for finding in report.findings]
    []

`__all__` is the public API; every other module may change at will.
"""

from __future__ import annotations

# Bind the sub-package before the function below takes its name: `hauberk.scan(...)` is the public
# call, `hauberk.scan.run` the module behind it, and `import hauberk` must load neither.
import hauberk.scan  # noqa: F401

TYPE_CHECKING = False  # what type checkers take for true; importing typing would cost 15 ms
if TYPE_CHECKING:
    from hauberk.core.asset import Asset
    from hauberk.core.errors import HauberkError, UnreadableAsset, UsageError
    from hauberk.core.finding import Finding, Place, Severity
    from hauberk.core.gap import Gap
    from hauberk.core.report import Report
    from hauberk.core.verdict import Verdict
    from hauberk.gate.settings import Settings
    from hauberk.scan.run import scan

__all__ = [
    "Asset",
    "Finding",
    "Gap",
    "HauberkError",
    "Place",
    "Report",
    "Settings",
    "Severity",
    "UnreadableAsset",
    "UsageError",
    "Verdict",
    "scan",
]

_HOMES = {
    "Asset": "core.asset",
    "Finding": "core.finding",
    "Gap": "core.gap",
    "HauberkError": "core.errors",
    "Place": "core.finding",
    "Report": "core.report",
    "Settings": "gate.settings",
    "Severity": "core.finding",
    "UnreadableAsset": "core.errors",
    "UsageError": "core.errors",
    "Verdict": "core.verdict",
    "scan": "scan.run",
}
del globals()["scan"]  # the sub-package stays in sys.modules; the name is the function's


def __getattr__(name: str) -> object:
    """The public name, imported now."""
    if name not in _HOMES:
        raise AttributeError(f"module 'hauberk' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"hauberk.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
